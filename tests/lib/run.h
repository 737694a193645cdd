/* SPDX-License-Identifier: MIT */
/* How a test's process tells the one that runs it what came of it (run.c, harness.c). */
#ifndef ZNVME_TEST_RUN_H
#define ZNVME_TEST_RUN_H

#define RUN_PASSED    0
#define RUN_FAILED    1
#define RUN_SKIPPED   77
#define RUN_SKIP_MARK "#skip "

#endif
