/* SPDX-License-Identifier: MIT */
/* The basic example: open a controller, write a block, read it back.   hello [DEVICE] */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <znvme.h>

int main(int argc, char **argv)
{
	const char *address = argc > 1 ? argv[1] : "sim:size=64M";
	const struct znvme_ns *ns;
	struct znvme_ctrl *ctrl;
	char *block, *back;
	int rc = 1;

	if (znvme_open(address, NULL, &ctrl)) {
		fprintf(stderr, "%s\n", znvme_errmsg());
		return 1;
	}
	if (znvme_ns_get(ctrl, 1, &ns)) {
		fprintf(stderr, "%s\n", znvme_errmsg());
		znvme_close(ctrl);
		return 1;
	}
	printf("%.40s: %llu blocks of %u bytes\n", znvme_id_ctrl(ctrl)->mn,
	       (unsigned long long)ns->nr_blocks, ns->block_size);

	block = calloc(2, ns->block_size); /* any memory will do */
	if (!block)
		goto close;
	back = block + ns->block_size;
	strcpy(block, "Hello, NVMe!");
	if (znvme_pwrite(ns, block, ns->block_size, 0, 0, NULL) < 0 || znvme_flush(ns) ||
	    znvme_pread(ns, back, ns->block_size, 0, 0, NULL) < 0) {
		fprintf(stderr, "%s\n", znvme_errmsg());
	} else {
		printf("read back: %s\n", back);
		rc = strcmp(back, block) != 0;
	}
	free(block);
close:
	znvme_close(ctrl);
	return rc;
}
