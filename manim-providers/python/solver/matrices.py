def determinant(task): raise NotImplementedError
inverse = product = determinant
