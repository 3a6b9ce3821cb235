"""Framing."""

import os
import socket
import unittest

from manim_worker.wire import MAX_MESSAGE_BYTES, BrokenPeer, Channel


class Framing(unittest.TestCase):
    def setUp(self) -> None:
        self.ours, self.theirs = socket.socketpair()
        self.addCleanup(self.ours.close)
        self.addCleanup(self.theirs.close)

    def test_what_is_sent_is_received(self) -> None:
        Channel(self.theirs).send({"text": "π \ud800"})
        self.assertEqual(Channel(self.ours).receive(), {"text": "π ?"})

    def test_half_a_message_is_the_end(self) -> None:
        self.theirs.sendall(b"\x05\0\0\0{}")
        self.theirs.close()
        self.assertIsNone(Channel(self.ours).receive())

    def test_an_impossible_length_is_refused(self) -> None:
        self.theirs.sendall((MAX_MESSAGE_BYTES + 1).to_bytes(4, "little"))
        self.assertRaises(BrokenPeer, Channel(self.ours).receive)

    def test_descriptors_come_along(self) -> None:
        read, write = os.pipe()
        socket.send_fds(self.theirs, [b"\x02\0\0\0{}"], [write])
        os.close(write)
        message, (received,) = Channel(self.ours).receive_with_descriptors()
        os.write(received, b"x")
        self.assertEqual((message, os.read(read, 1)), ({}, b"x"))
        os.close(read)
        os.close(received)
