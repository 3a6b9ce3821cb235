def solve(task): raise NotImplementedError
