/*
 * memcpy, memmove, memcmp and bcmp for x86_64 with musl, whose own take as long for five bytes as for fifty (memcpy
 * starts a string instruction) and compare byte by byte (docs/adr/0027-memory-functions.md).
 *
 * Short blocks are copied by two loads that may overlap, both done before the first store: so one function serves
 * memcpy and memmove. No instruction beyond SSE2, which every x86_64 has. It must call nothing: it is what others
 * call. Next: build.rs beside it, and tests/memory_functions.c, which compares each with the obvious loop.
 */
#include <stddef.h>
#include <stdint.h>

/* Types that may stand at any address and be read as any other. */
typedef long long block __attribute__((vector_size(16), aligned(1), may_alias));
typedef uint64_t word8 __attribute__((aligned(1), may_alias));
typedef uint32_t word4 __attribute__((aligned(1), may_alias));
typedef uint16_t word2 __attribute__((aligned(1), may_alias));

/* From so many bytes on the processor's own loop is the fastest. */
#define LONG 2048

#define COPY_ENDS(type, to, from, length)                                      \
    do {                                                                       \
        type first = *(const type *)(from);                                    \
        type last = *(const type *)((from) + (length) - sizeof(type));         \
        *(type *)(to) = first;                                                 \
        *(type *)((to) + (length) - sizeof(type)) = last;                      \
    } while (0)

static inline block load(const unsigned char *from) { return *(const block *)from; }

static inline void store(unsigned char *to, block value) { *(block *)to = value; }

static inline void copy_short(unsigned char *to, const unsigned char *from, size_t length)
{
    if (length >= 16)
        COPY_ENDS(block, to, from, length);
    else if (length >= 8)
        COPY_ENDS(word8, to, from, length);
    else if (length >= 4)
        COPY_ENDS(word4, to, from, length);
    else if (length >= 2)
        COPY_ENDS(word2, to, from, length);
    else if (length)
        *to = *from;
}

/* Of more than 64 bytes, from the first to the last; the last 64 were loaded before anything is stored. */
static void copy_forwards(unsigned char *to, const unsigned char *from, size_t length)
{
    unsigned char *end = to + length;
    const unsigned char *tail = from + length;
    block a = load(tail - 64), b = load(tail - 48), c = load(tail - 32), d = load(tail - 16);
    for (; length > 64; length -= 64, to += 64, from += 64) {
        block e = load(from), f = load(from + 16), g = load(from + 32), h = load(from + 48);
        store(to, e), store(to + 16, f), store(to + 32, g), store(to + 48, h);
    }
    store(end - 64, a), store(end - 48, b), store(end - 32, c), store(end - 16, d);
}

/* The same from the last to the first. */
static void copy_backwards(unsigned char *to, const unsigned char *from, size_t length)
{
    block a = load(from), b = load(from + 16), c = load(from + 32), d = load(from + 48);
    for (; length > 64; length -= 64) {
        const unsigned char *source = from + length;
        unsigned char *target = to + length;
        block e = load(source - 16), f = load(source - 32), g = load(source - 48), h = load(source - 64);
        store(target - 16, e), store(target - 32, f), store(target - 48, g), store(target - 64, h);
    }
    store(to, a), store(to + 16, b), store(to + 32, c), store(to + 48, d);
}

void *memmove(void *target, const void *source, size_t length)
{
    unsigned char *to = target;
    const unsigned char *from = source;
    if (length <= 32) {
        copy_short(to, from, length);
    } else if (length <= 64) {
        block a = load(from), b = load(from + 16);
        block c = load(from + length - 32), d = load(from + length - 16);
        store(to, a), store(to + 16, b), store(to + length - 32, c), store(to + length - 16, d);
    } else if ((size_t)(to - from) < length) {
        /* The target begins within the source. */
        copy_backwards(to, from, length);
    } else if (length >= LONG && (size_t)(from - to) >= length) {
        __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(length) : : "memory");
    } else {
        copy_forwards(to, from, length);
    }
    return target;
}

void *memcpy(void *target, const void *source, size_t length) __attribute__((alias("memmove")));

int memcmp(const void *one, const void *other, size_t length)
{
    const unsigned char *a = one, *b = other;
    for (; length >= 8; length -= 8, a += 8, b += 8) {
        uint64_t x = *(const word8 *)a, y = *(const word8 *)b;
        /* The first byte weighs most. */
        if (x != y)
            return __builtin_bswap64(x) < __builtin_bswap64(y) ? -1 : 1;
    }
    if (length >= 4) {
        uint32_t x = *(const word4 *)a, y = *(const word4 *)b;
        if (x != y)
            return __builtin_bswap32(x) < __builtin_bswap32(y) ? -1 : 1;
        length -= 4, a += 4, b += 4;
    }
    for (; length; length--, a++, b++)
        if (*a != *b)
            return *a < *b ? -1 : 1;
    return 0;
}

int bcmp(const void *one, const void *other, size_t length) __attribute__((alias("memcmp")));
