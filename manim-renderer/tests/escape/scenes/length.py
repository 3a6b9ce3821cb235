#! frames | frame-limit
# makes a film of a million seconds
self.wait(1_000_000)
#! frames-beyond-number | frame-limit
# makes a film with more frames than a machine's numbers reach
self.wait(1e25)
#! frames-by-play | frame-limit
# waits again and again, without end
while True:
    self.wait(50)
#! frames-one-by-one | frame-limit
# moves for ever in a way that must be looked at frame by frame
self.add(Dot().add_updater(lambda mobject, dt: mobject.shift(RIGHT * dt)))
self.wait(1_000_000)
#! frames-against-all-errors | frame-limit
# waits without end and catches whatever is raised meanwhile
while True:
    quietly(self.wait, 50)
#! frames-uncounted | frame-limit or timeout
# makes what counts frames count none, then waits without end
self.renderer.file_writer.sink.most = 1 << 60
while True:
    self.wait(50)
