/*
 * An allocator that finds what sanitizers of the program alone cannot: every block of the library, Rust's own included,
 * lies at the end of a page before a forbidden one, and freed blocks become forbidden and are never used again.
 */
#ifndef FENCE_H
#define FENCE_H

#include <sys/mman.h>

#define FENCE_PAGE 4096U
#define FENCE_SPACE ((size_t) 1 << 40)

struct fence_head {
  size_t pages, size;
};

static unsigned char *fence_next, *fence_end;
static long fence_live;
static long fence_fail_after = -1; /* allocations left until one fails, -1: none does */
static bool fence_fail_once;       /* only that one fails */

static inline size_t fence_pages(size_t size) {
  return (size + 15 + sizeof(struct fence_head) + FENCE_PAGE - 1) / FENCE_PAGE;
}

void *mg_calloc(size_t count, size_t size) {
  size_t total = count * size, pages = fence_pages(total);
  unsigned char *base, *block;
  struct fence_head *head;
  if (fence_fail_after == 0) {
    if (fence_fail_once) fence_fail_after = -1;
    return NULL;
  }
  if (fence_fail_after > 0) fence_fail_after--;
  if (fence_next == NULL) {
    fence_next = (unsigned char *) mmap(NULL, FENCE_SPACE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (fence_next == (unsigned char *) MAP_FAILED) exit(77);
    fence_end = fence_next + FENCE_SPACE;
  }
  base = fence_next;
  fence_next += (pages + 1) * FENCE_PAGE;
  if (fence_next > fence_end) exit(78);
  if (mprotect(base, pages * FENCE_PAGE, PROT_READ | PROT_WRITE) != 0) exit(79);
  block = base + pages * FENCE_PAGE - (total + 15) / 16 * 16;
  head = (struct fence_head *) (void *) (block - sizeof(*head));
  head->pages = pages, head->size = total;
  fence_live++;
  return block;
}

void mg_free(void *ptr) {
  struct fence_head *head;
  uintptr_t at = (uintptr_t) ptr;
  size_t pages;
  if (ptr == NULL) return;
  head = (struct fence_head *) (void *) ((unsigned char *) ptr - sizeof(*head));
  pages = head->pages; /* faults for a block that is freed twice */
  at = (at + (head->size + 15) / 16 * 16) - pages * FENCE_PAGE;
  if (mmap((void *) at, pages * FENCE_PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) ==
      MAP_FAILED) {
    exit(80);
  }
  fence_live--;
}

#endif
