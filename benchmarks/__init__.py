"""Speed and memory against stated rivals, in the same run, on the machine that is named."""
