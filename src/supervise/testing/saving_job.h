// A job that makes checkpoints, well or badly: stands in for the user's training in tests.
//
// Units:    none. Errors: exit code 2 for wrong use. Threads: one thread.
// Lifetime: a program's run.
#pragma once

/// Words: HOW FIFO ACTION... HOW is a signal's number, or "file". Says "ready" through FIFO, then
/// does an action for each request, the last one for all that follow, and says which it has done:
///   confirm        writes step-N and confirms it as the answer     folder   likewise, a folder
///   unasked        the same, without naming the request            again    the last confirmation
///   garbage        confirms what is no JSON                        outside  a path that leads out
///   absent         a path that is not there                        ignore   nothing
///   exit:CODE      ends                                            save:CODE confirms and ends
int save(int count, char** words);
