/*
 * Compares the functions of src/musl/memory.c with the obvious loops: every length up to 300 and some around the
 * boundaries of longer ones, at every place of 16, apart and overlapping by every distance, with bytes on both sides that
 * must stay as they are. It is compiled with that file by tests/memory_functions.rs.
 */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

void *memmove(void *, const void *, size_t);
void *memcpy(void *, const void *, size_t);
int memcmp(const void *, const void *, size_t);
int bcmp(const void *, const void *, size_t);

#define ROOM 16384

static unsigned char original[ROOM], expected[ROOM], actual[ROOM];
static unsigned state = 1;

static unsigned char any(void)
{
    state = state * 1103515245u + 12345u;
    return (unsigned char)(state >> 16);
}

static void fail(const char *what, size_t length, size_t to, size_t from)
{
    printf("%s differs: length %zu, from %zu to %zu\n", what, length, from, to);
    exit(1);
}

static void begin(void)
{
    for (volatile size_t at = 0; at < ROOM; at++)
        expected[at] = actual[at] = original[at];
}

static void compare(const char *what, size_t length, size_t to, size_t from)
{
    for (volatile size_t at = 0; at < ROOM; at++)
        if (expected[at] != actual[at])
            fail(what, length, to, from);
}

static void copied_by(void *copy(void *, const void *, size_t), const char *what, size_t length, size_t to, size_t from)
{
    begin();
    for (volatile size_t at = 0; at < length; at++)
        expected[to + at] = original[from + at];
    if (copy(actual + to, actual + from, length) != actual + to)
        fail(what, length, to, from);
    compare(what, length, to, from);
}

static void copied(size_t length, size_t to, size_t from)
{
    copied_by(memmove, "memmove", length, to, from);
    if (to + length <= from || from + length <= to)
        copied_by(memcpy, "memcpy", length, to, from);
}

static int sign(int value) { return (value > 0) - (value < 0); }

static void compared(size_t length, size_t one, size_t other)
{
    begin();
    for (volatile size_t at = 0; at < length; at++)
        actual[other + at] = expected[one + at];
    if (memcmp(expected + one, actual + other, length) || bcmp(expected + one, actual + other, length))
        fail("memcmp of equal bytes", length, other, one);
    for (size_t at = 0; at < length; at++) {
        unsigned char own = actual[other + at], changed = (unsigned char)(own + 1 + any() % 255);
        actual[other + at] = changed;
        /* What stands behind the first difference must not count. */
        unsigned char last = actual[other + length - 1];
        if (at + 1 < length)
            actual[other + length - 1] = (unsigned char)(last ^ 0xff);
        int expected_sign = own < changed ? -1 : 1;
        if (sign(memcmp(expected + one, actual + other, length)) != expected_sign)
            fail("memcmp", length, at, one);
        if (!bcmp(expected + one, actual + other, length))
            fail("bcmp", length, at, one);
        if (at + 1 < length)
            actual[other + length - 1] = last;
        actual[other + at] = own;
    }
}

int main(void)
{
    static const size_t more[] = {511, 512, 513, 1023, 1024, 2047, 2048, 2049, 4095, 4096, 4097, 5000};
    size_t count = 0;
    for (size_t at = 0; at < ROOM; at++)
        original[at] = any();
    for (size_t index = 0; index <= 300 + sizeof more / sizeof *more; index++) {
        size_t length = index <= 300 ? index : more[index - 301];
        for (size_t place = 0; place < 16; place++) {
            copied(length, 6000 + place, 100 + (place * 7) % 16);
            copied(length, 100 + place, 6000 + (place * 5) % 16);
            count += 2;
        }
        size_t step = length <= 300 ? 1 : 97;
        for (size_t distance = 0; distance <= length + 1 && distance < 400; distance += length <= 100 ? step : 13) {
            copied(length, 5000 + distance, 5000);
            copied(length, 5000, 5000 + distance);
            count += 2;
        }
        if (length <= 200)
            for (size_t place = 0; place < 8; place++, count++)
                compared(length, 100 + place, 6000 + (place * 3) % 8);
    }
    printf("%zu\n", count);
    return 0;
}
