/* Checks of header text, eight bytes at a time: every reply goes through them. */
#ifndef VANSIRE_TEXT_H
#define VANSIRE_TEXT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define VS_EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

static inline uint64_t vs_word(const char *at) {
  uint64_t word;
  memcpy(&word, at, sizeof(word));
  return word;
}

/* No CR, LF or NUL among `size` bytes: nothing that could end the line and start another. */
static inline int vs_is_clean_slowly(const char *text, size_t size) {
  for (size_t i = 0; i < size; i++) {
    if (text[i] == '\r' || text[i] == '\n' || text[i] == '\0') return 0;
  }
  return 1;
}

/* The same; a word without a byte below 14 is clean. */
static inline int vs_is_clean(const char *text, size_t size) {
  while (size >= 8) {
    uint64_t word = vs_word(text);
    if (((word - VS_EACH(14)) & ~word & VS_EACH(0x80)) != 0 && !vs_is_clean_slowly(text, 8)) return 0;
    text += 8;
    size -= 8;
  }
  return vs_is_clean_slowly(text, size);
}

/* Whether clean `text` is `lower` in any letter case; both have `size` bytes, 8 to 24, and `lower` is made of small
 * letters and hyphens. Setting bit 5 maps no other clean byte to one of those. */
static inline int vs_is_name(const char *text, const char *lower, size_t size) {
  size_t at = 0;
  for (; at + 8 <= size; at += 8) {
    if ((vs_word(text + at) | VS_EACH(0x20)) != vs_word(lower + at)) return 0;
  }
  return (vs_word(text + size - 8) | VS_EACH(0x20)) == vs_word(lower + size - 8);
}

#endif
