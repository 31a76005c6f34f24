"""Who scores what: the best assignment under all conditions, proven. Pure: numpy, scipy, extra `assign`."""
