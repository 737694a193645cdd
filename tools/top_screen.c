/* SPDX-License-Identifier: MIT */
/*
 * The terminal of `znvme top`, by the control sequences of ECMA-48 that every terminal of today
 * has. A picture is put together in memory and written at once, so that it does not flicker.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "top.h"

#define ENTER "\033[?1049h\033[?25l\033[2J" /* the other screen, no cursor, empty */
#define LEAVE "\033[0m\033[?25h\033[?1049l"

static struct termios saved;
static volatile sig_atomic_t taken; /* the terminal is ours */
static volatile sig_atomic_t redraw;

static FILE *picture;
static char *picture_text;
static size_t picture_len;
static unsigned rows, columns, row;

/* ---- taking and giving back ---------------------------------------------------------------- */

/* Both are called by signal handlers: system calls only. */
static void take(void)
{
	struct termios raw = saved;

	raw.c_lflag &= (tcflag_t) ~(ICANON | ECHO);
	raw.c_cc[VMIN] = 0;
	raw.c_cc[VTIME] = 0;
	tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
	(void)!write(STDOUT_FILENO, ENTER, strlen(ENTER));
	taken = 1;
	redraw = 1;
}

static void give_back(void)
{
	if (!taken)
		return;
	taken = 0;
	(void)!write(STDOUT_FILENO, LEAVE, strlen(LEAVE));
	tcsetattr(STDIN_FILENO, TCSANOW, &saved);
}

/* What a signal does by itself, it does afterwards. */
static void on_end(int signal_number)
{
	give_back();
	signal(signal_number, SIG_DFL);
	raise(signal_number);
}

static void on_stop(int signal_number)
{
	sigset_t only;
	int error = errno;

	(void)signal_number;
	give_back();
	signal(SIGTSTP, SIG_DFL);
	raise(SIGTSTP);
	sigemptyset(&only);
	sigaddset(&only, SIGTSTP);
	sigprocmask(SIG_UNBLOCK, &only, NULL); /* here it stops, and here it goes on */
	signal(SIGTSTP, on_stop);
	take();
	errno = error;
}

static void on_resize(int signal_number)
{
	(void)signal_number;
	redraw = 1;
}

int top_screen_start(void)
{
	static const int ends[] = {SIGHUP, SIGQUIT, SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL};
	struct sigaction action = {.sa_handler = on_end};

	if (tcgetattr(STDIN_FILENO, &saved))
		return tool_error("top: standard input: %s", strerror(errno));
	for (unsigned i = 0; i < TOOL_COUNT(ends); i++)
		sigaction(ends[i], &action, NULL);
	action.sa_handler = on_stop;
	sigaction(SIGTSTP, &action, NULL);
	action.sa_handler = on_resize;
	sigaction(SIGWINCH, &action, NULL);
	take();
	return 0;
}

void top_screen_end(void)
{
	give_back();
	signal(SIGTSTP, SIG_DFL);
}

/* ---- drawing ------------------------------------------------------------------------------- */

void top_screen_begin(void)
{
	struct winsize size;

	redraw = 0;
	rows = 24;
	columns = 80;
	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_row && size.ws_col) {
		rows = size.ws_row;
		columns = size.ws_col;
	}
	row = 0;
	picture = open_memstream(&picture_text, &picture_len);
	if (picture)
		fputs("\033[H", picture);
}

void top_screen_line(void *arg, enum top_look_of_line look, const char *text)
{
	static const char *const begin[] = {"", "\033[1m", "\033[1;31m", "\033[2m"};

	(void)arg;
	if (!picture || row >= rows)
		return;
	/* No line end behind the last row: that would scroll. */
	fprintf(picture, "%s%s%.*s\033[0m\033[K", row ? "\r\n" : "", begin[look], (int)columns,
		text);
	row++;
}

void top_screen_finish(void)
{
	if (!picture)
		return;
	if (row < rows)
		fputs("\033[J", picture);
	if (!fclose(picture) && taken)
		tool_write_all(STDOUT_FILENO, picture_text, picture_len);
	free(picture_text);
	picture = NULL;
	picture_text = NULL;
}

int top_screen_key(int ms)
{
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
	char key;

	if (redraw || poll(&input, 1, ms) < 0)
		return -1;
	if (!input.revents)
		return 0;
	/* A terminal that has gone reads as its end. */
	return read(STDIN_FILENO, &key, 1) == 1 ? key : 'q';
}
