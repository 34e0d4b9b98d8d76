// SPDX-License-Identifier: GPL-2.0-only
/*
 * The contract as tables. Every combination is asked for; what is always told the
 * same shares a line or a column.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/skip.h"
#include "contract/contract.h"
#include "pinners/iommufd_mock.h"

#define ARRAY_LEN(a)	(sizeof(a) / sizeof(*(a)))

static const struct pinner *const doors[] = {
	&pin_gup_slow, &pin_gup_remote, &pin_gup_fast,
	&pin_io_uring, &pin_io_uring_queues, &pin_io_uring_provided,
	&pin_xdp, &pin_rdma,
	&pin_vfio_type1, &pin_iommufd, &pin_iommufd_vfio,
};

/* What is asked of each row: through which door, and for what. */
static struct ask {
	const struct pinner *pinner;
	enum access access;
} asks[2 * ARRAY_LEN(doors)];

static size_t nr_asks;

static void fill_asks(void)
{
	for (size_t i = 0; i < ARRAY_LEN(doors); i++)
		asks[nr_asks++] = (struct ask){ doors[i], RW };
	for (size_t i = 0; i < ARRAY_LEN(doors); i++)
		if (!doors[i]->rw_only)
			asks[nr_asks++] = (struct ask){ doors[i], RO };
}

/* Verdicts that are no errno. */
enum {
	NO_PIN = -1,
	NEVER = -2,		/* what is asked for does not come about */
	NOT_ALWAYS = -3,
	UNJUDGED = -100,	/* less an enum skip */
};

static int verdict_of(const struct query *q)
{
	struct promise promise;
	int ret = contract_verdict(q, &promise);

	if (ret)
		return UNJUDGED - ret;
	return promise.no_pin ? NO_PIN : promise.err;
}

static const char *verdict_text(int verdict)
{
	switch (verdict) {
	case 0:
		return "allowed";
	case REFUSED:
		return "refused";
	case NO_PIN:
		return "allowed without a pin";
	case NEVER:
		return "never";
	case NOT_ALWAYS:
		return "differs";
	}
	return verdict > 0 ? strerrorname_np(verdict) :
			     skip_reason(UNJUDGED - verdict);
}

/* A row; what depends on the machine has a line for each such machine. */
static struct line {
	char name[200];
	unsigned int states;
	struct query query;
	int verdicts[NR_PAGE_STATES][2 * ARRAY_LEN(doors)];
} lines[200];

static size_t nr_lines;

static struct line *new_line(const struct query *q)
{
	const struct backing *backing = backing_find(q->row->backing);
	struct line *line = &lines[nr_lines];

	if (++nr_lines == ARRAY_LEN(lines))
		abort();
	*line = (struct line){ .states = backing->states, .query = *q };
	for (enum page_state s = 0; s < NR_PAGE_STATES; s++) {
		for (size_t i = 0; i < nr_asks; i++) {
			line->query.state = s;
			line->query.pinner = asks[i].pinner;
			line->query.access = asks[i].access;
			line->verdicts[s][i] = line->states & BIT(s) ?
					       verdict_of(&line->query) : NEVER;
		}
	}
	return line;
}

static bool same_line(const struct line *a, const struct line *b)
{
	return !memcmp(a->verdicts, b->verdicts, sizeof(a->verdicts));
}

/* What a row is told on such a machine, if that differs from the plain line. */
static void add_line(const struct line *plain, const struct query *q,
		     const char *where)
{
	struct line *line = new_line(q), *last = line - 1;

	snprintf(line->name, sizeof(line->name), "%s: %s", q->row->variant,
		 where);
	if (last != plain && same_line(line, last)) {
		size_t len = strlen(last->name);

		snprintf(last->name + len, sizeof(last->name) - len, ", %s",
			 where);
	}
	if (same_line(line, plain) || (last != plain && same_line(line, last)))
		nr_lines--;
}

static void add_row(const struct contract_row *row)
{
	struct query q = {
		.row = row,
		.fs = "",
		.dax = !strncmp(row->backing, "fsdax", 5),
	}, movable;
	const struct line *plain = new_line(&q);

	strcpy(lines[nr_lines - 1].name, row->variant);
	movable = q;
	movable.movable = true;
	add_line(plain, &movable, "movable");
	if (!strcmp(row->backing, "pfnmap_vvar")) {
		q.reserved = true;
		add_line(plain, &q, "reserved page frames");
	}
	if (!strcmp(row->backing, "tmpfile")) {
		for (size_t i = 0; contract_filesystem(i); i++) {
			q.fs = contract_filesystem(i);
			add_line(plain, &q, q.fs);
		}
		q.dax = true;
		add_line(plain, &q, "DAX");
		q.movable = true;
		add_line(&lines[nr_lines - 1], &q, "DAX, movable");
	}
}

typedef bool (*same_fn)(size_t a, size_t b);

/* The first that is told the same as this one. */
static size_t leader(size_t i, same_fn same)
{
	size_t first = 0;

	while (first != i && !same(first, i))
		first++;
	return first;
}

/* The names of all doors that it leads. Return whether there are any. */
static bool print_header(const char *access, size_t i, size_t nr, same_fn same)
{
	if (leader(i, same) != i)
		return false;
	printf("%s", access);
	for (size_t j = i; j < nr; j++)
		if (leader(j, same) == i)
			printf(" %s", asks[j].pinner->name);
	printf(" |");
	return true;
}

static void print_rule(size_t columns)
{
	printf("\n|");
	while (columns--)
		printf(" --- |");
	printf("\n");
}

static bool same_ask(size_t a, size_t b)
{
	if (asks[a].access != asks[b].access)
		return false;
	for (size_t i = 0; i < nr_lines; i++)
		for (enum page_state s = 0; s < NR_PAGE_STATES; s++)
			if (lines[i].verdicts[s][a] != lines[i].verdicts[s][b])
				return false;
	return true;
}

/* What the first page state is told, and those that are told something else. */
static void print_cell(const struct line *line, size_t i)
{
	int first = NEVER;

	for (enum page_state s = 0; s < NR_PAGE_STATES; s++) {
		int verdict = line->verdicts[s][i];

		if (verdict == first || verdict == NEVER)
			continue;
		if (first != NEVER)
			printf(", %s:", page_state_name[s]);
		else
			first = verdict;
		printf(" %s", verdict_text(verdict));
	}
	printf(" |");
}

static void print_states(const struct line *line)
{
	const char *before = "";

	for (enum page_state s = 0; s < NR_PAGE_STATES; s++) {
		if (line->states & BIT(s)) {
			printf("%s %s", before, page_state_name[s]);
			before = ",";
		}
	}
	printf(" |");
}

static void print_memories(void)
{
	size_t columns = 2;

	printf("| memory | page states |");
	for (size_t i = 0; i < nr_asks; i++)
		columns += print_header(asks[i].access == RW ? " R/W:" : " R/O:",
					i, nr_asks, same_ask);
	print_rule(columns);
	for (const struct line *line = lines; line < lines + nr_lines; line++) {
		printf("| %s |", line->name);
		print_states(line);
		for (size_t i = 0; i < nr_asks; i++)
			if (leader(i, same_ask) == i)
				print_cell(line, i);
		printf("\n");
	}
}

/* Of how many pages is no part of the question. */
static const struct {
	const char *name;
	bool behind_other, into_hole;
} shapes[] = {
	{ "behind other memory, which is allowed", true, false },
	{ "into a hole", false, true },
	{ "behind other memory, and into a hole", true, true },
};

static const int alone[] = { 0, EFAULT, EOPNOTSUPP };

/* What ranges through this door are told whose memory alone is told @verdict. */
static int range_verdict(size_t door, size_t shape, int verdict)
{
	int seen = NEVER;

	for (size_t n = 0; n < nr_lines * NR_PAGE_STATES * nr_asks; n++) {
		size_t i = n % nr_asks;
		const struct line *line = &lines[n / nr_asks / NR_PAGE_STATES];
		struct query q = line->query;
		int now;

		q.state = n / nr_asks % NR_PAGE_STATES;
		if (asks[i].pinner != doors[door] ||
		    line->verdicts[q.state][i] != verdict)
			continue;
		q.pinner = doors[door];
		q.access = asks[i].access;
		q.behind_other = shapes[shape].behind_other;
		q.into_hole = shapes[shape].into_hole;
		now = verdict_of(&q);
		if (seen != NEVER && seen != now)
			return NOT_ALWAYS;
		seen = now;
	}
	return seen;
}

static bool same_range(size_t a, size_t b)
{
	for (size_t s = 0; s < ARRAY_LEN(shapes); s++)
		for (size_t i = 0; i < ARRAY_LEN(alone); i++)
			if (range_verdict(a, s, alone[i]) !=
			    range_verdict(b, s, alone[i]))
				return false;
	return true;
}

static void print_ranges(void)
{
	size_t columns = 2;

	printf("| range | the memory alone |");
	for (size_t i = 0; i < ARRAY_LEN(doors); i++)
		columns += print_header("", i, ARRAY_LEN(doors), same_range);
	print_rule(columns);
	for (size_t n = 0; n < ARRAY_LEN(shapes) * ARRAY_LEN(alone); n++) {
		size_t shape = n / ARRAY_LEN(alone);
		int verdict = alone[n % ARRAY_LEN(alone)];

		printf("| %s | %s |", shapes[shape].name, verdict_text(verdict));
		for (size_t i = 0; i < ARRAY_LEN(doors); i++)
			if (leader(i, same_range) == i)
				printf(" %s |",
				       verdict_text(range_verdict(i, shape,
								  verdict)));
		printf("\n");
	}
}

static void print_charges(const struct pinner *pinner)
{
	static const struct {
		enum charge charge;
		const char *name;
	} names[] = {
		{ CHARGES_VM_PIN, "VmPin" },
		{ CHARGES_VM_LCK, "VmLck" },
		{ CHARGES_USER, "the user" },
	};
	const char *before = "";

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (pinner->charges & names[i].charge) {
			printf("%s %s", before, names[i].name);
			before = ",";
		}
	if (!pinner->charges)
		printf(" nobody");
	if (pinner->spares_ipc_lock)
		printf(", but none with CAP_IPC_LOCK");
	printf(" |");
}

/* What the pinners say of themselves, those too by which no memory is judged. */
static void print_doors(void)
{
	static const struct pinner *const others[] = {
		&pin_iommufd_alone, &pin_iommufd_mock, &pin_udmabuf,
		&pin_gup_slow_short, &pin_gup_fast_short,
		&get_gup_slow, &get_gup_fast,
	};

	printf("| door | asks first by | takes | holds | charges | data |");
	print_rule(6);
	for (size_t i = 0; i < ARRAY_LEN(doors) + ARRAY_LEN(others); i++) {
		const struct pinner *pinner = i < ARRAY_LEN(doors) ?
			doors[i] : others[i - ARRAY_LEN(doors)];

		printf("| %s | %s | %s%s | %s |", pinner->name,
		       pinner->path == FAST ? "page table" : "mapping",
		       pinner->by_offset ? "file and offset" : "address",
		       pinner->rw_only ? ", R/W" : "",
		       pinner->lets_go ? "no" :
		       pinner->has_helper ? "yes, with a helper" : "yes");
		print_charges(pinner);
		printf(" %s |\n", pinner->read && pinner->write ?
		       "both ways" : "-");
	}
}

void contract_print(void)
{
	fill_asks();
	for (size_t i = 0; i < contract_nr_rows; i++)
		add_row(&contract_rows[i]);
	print_memories();
	printf("\n");
	print_ranges();
	printf("\n");
	print_doors();
}
