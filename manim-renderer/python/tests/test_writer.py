"""A dry run counts its frames, and says when they are too many."""

import socket
import unittest

import numpy as np
from manim_worker.wire import Channel
from manim_worker.writer import MOST_TOLD, Tally


class Counting(unittest.TestCase):
    def setUp(self) -> None:
        ours, theirs = socket.socketpair()
        self.addCleanup(ours.close)
        self.addCleanup(theirs.close)
        theirs.setblocking(False)
        self.told = Channel(theirs)
        self.tally = Tally(Channel(ours), most=100)

    def silent(self) -> bool:
        try:
            return self.told.receive() is None
        except BlockingIOError:
            return True

    def test_as_many_as_there_may_be_are_nothing_to_tell(self) -> None:
        self.tally.put(np.zeros(1), 60)
        self.tally.count(40)
        self.assertTrue(self.silent())
        self.assertEqual(self.tally.frames, 100)

    def test_one_more_is_told_at_once_and_once(self) -> None:
        self.tally.count(100)
        self.tally.put(np.zeros(1), 1)
        self.tally.count(5)
        self.assertEqual(self.told.receive(), {"type": "counted", "frames": 101})
        self.assertTrue(self.silent())

    def test_a_number_that_no_reader_holds_is_told_as_one_that_all_do(self) -> None:
        self.tally.count(10**30)
        self.assertEqual(self.told.receive(), {"type": "counted", "frames": MOST_TOLD})
