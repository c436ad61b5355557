/* Doubles: %f and %g with their own rounding and form. */
#include "check.h"
#include "mongoose.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>

static void is(const char *fmt, int precision, double value, const char *expected) {
  char text[2048];
  size_t n = mg_snprintf(text, sizeof(text), fmt, precision, value);
  check_report(n == strlen(expected) && strcmp(text, expected) == 0, text, expected, precision);
}

static void like_libc(const char *fmt, int precision, double value) {
  char text[2048];
  (void) snprintf(text, sizeof(text), fmt, precision, value);
  is(fmt, precision, value, text);
}

int main(void) {
  int i;
  double zero = 0.0;
  char text[64];
  is("%.*f", 2, 0.0, "0");
  is("%.*f", 2, -0.0, "0");
  is("%.*g", 6, 0.0, "0");
  is("%.*f", 3, 1.0 / zero, "inf");
  is("%.*g", 3, -1.0 / zero, "-inf");
  is("%.*g", 3, zero / zero, "nan");
  is("%.*f", 1, 0.15, "0.2");
  is("%.*f", 1, 1.15, "1.1");
  is("%.*f", 0, 2.5, "3");
  is("%.*g", 6, 1e-5, "0.00001");
  is("%.*g", 6, 1e-6, "1e-06");
  is("%.*g", 2, 0.05, "5e-02");
  is("%.*g", 6, 999999.5, "1e+06");
  is("%.*g", 6, 0.9999999, "1");
  is("%.*g", 6, 0.00012345678, "0.000123457");
  is("%.*g", 6, 1e100, "1e+100");
  is("%.*g", 1, 123.0, "100");
  for (i = 1; i <= 17; i++) {
    like_libc("%.*g", i < 7 ? 7 : i, 3.14159265358979);
    like_libc("%.*g", i < 7 ? 7 : i, 123456.789);
    like_libc("%.*g", i < 7 ? 7 : i, -0.001234567);
    like_libc("%.*f", i < 13 ? i : 12, 1234.5678901234);
  }
  like_libc("%.*f", 3, DBL_MAX);
  like_libc("%.*f", 1074, DBL_MIN);
  like_libc("%.*g", 17, DBL_MAX);
  like_libc("%.*g", 17, DBL_MIN);
  like_libc("%.*g", 17, 5e-324);
  like_libc("%.*g", 88, 0.1);
  for (i = 0; i < 2000; i++) {
    /* Any finite bit pattern survives 17 digits. */
    uint64_t bits = ((uint64_t) i * UINT64_C(0x9e3779b97f4a7c15)) & UINT64_C(0xffefffffffffffff);
    double value, back;
    memcpy(&value, &bits, sizeof(value));
    (void) mg_snprintf(text, sizeof(text), "%.17g", value);
    back = strtod(text, NULL);
    CHECK(memcmp(&value, &back, sizeof(value)) == 0 || i == 0);
  }
  CHECK(mg_snprintf(text, sizeof(text), "%8.2f|%-8.2f|%08.2f", 1.5, 1.5, -1.5) == 26);
  CHECK(strcmp(text, "    1.50|1.50    |000-1.50") == 0);
  CHECK(mg_snprintf(text, 4, "%f", 1e300) == 308 && strlen(text) == 3);
  return done();
}
