/* The period run of the edition of 2026-01-01 as a C programmer writes it by hand: answers in, fen out, one pass.
   Points, scores and rates are hundredths; answers that are no counts are -1 (not applicable), -2 (exempt), -3 (zero). */
#include <stdint.h>
#include <stdlib.h>

#define ITEMS 60
#define CATEGORIES 7
#define ROUNDS 4
#define STRATA 4
#define WIDE 1005 /* answers of one table: not applicable, exempt, zero, then from 0 up */
#define YEAR_CAP 30000000

static int64_t half_up(int64_t n, int64_t d) { return (2 * n + d) / (2 * d); }

typedef struct { int64_t rest; int64_t at; } rest_t;

static int by_rest(const void *a, const void *b) {
    const rest_t *x = a, *y = b;
    if (x->rest != y->rest) return x->rest < y->rest ? 1 : -1;
    return x->at < y->at ? -1 : 1;
}

static int falling(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? 1 : x > y ? -1 : 0;
}

/* facts, one row of 16 per estate: management (0 market, 1 custody, 2 self, 3 none), stratum, type, the four flags that
   items look at, no party unit, months served, satisfaction, answers, households, opinion, collection, bonus, vetoes
   (bit 0 fire, bit 1 fraud) */
enum { MANAGEMENT, STRATUM, TYPE, FLAGS, PARTY = FLAGS + 4, SERVED, SATISFACTION, ANSWERS, HOUSEHOLDS, OPINION,
       COLLECTION, BONUS, VETOES, WIDTH };

void period(int64_t n, const int16_t *answers, const int32_t *tables, const int64_t *full, const int64_t *category,
            const int64_t *flag, const int64_t *category_full, const int64_t *facts, const int64_t *area,
            int64_t budget, int64_t *composite, int64_t *stars, int64_t *paid, int64_t *district) {
    static const int64_t rates[5] = {30, 20, 70, 20, 5}, coefficients[6] = {0, 50, 80, 100, 110, 120};
    int64_t rated[STRATA] = {0}, asking[STRATA] = {0};
    for (int64_t e = 0; e < n; e++) {
        const int64_t *f = facts + e * WIDTH;
        int64_t points[CATEGORIES] = {0}, held[CATEGORIES] = {0}, scores = 0;
        for (int r = 0; r < ROUNDS; r++) {
            const int16_t *a = answers + (e * ROUNDS + r) * ITEMS;
            int64_t earned[CATEGORIES] = {0}, possible[CATEGORIES] = {0}, sum = 0, reach = 0;
            for (int i = 0; i < ITEMS; i++) {
                if (a[i] == -1 || (flag[i] >= 0 && !f[FLAGS + flag[i]])) continue;
                earned[category[i]] += tables[i * WIDE + a[i] + 3];
                possible[category[i]] += full[i];
            }
            for (int c = 0; c < CATEGORIES; c++) {
                if (!possible[c]) continue;
                int64_t got = half_up(earned[c] * category_full[c], possible[c]);
                points[c] += got, held[c]++, sum += got, reach += category_full[c];
            }
            scores += half_up(sum * 10000, reach);
        }
        int64_t inspection = half_up(scores, ROUNDS), low = 10000;
        for (int c = 0; c < CATEGORIES; c++) {
            if (!held[c]) continue;
            int64_t rate = half_up(half_up(points[c], held[c]) * 10000, category_full[c]);
            if (rate < low) low = rate;
        }
        int surveyed = f[ANSWERS] >= 50 && f[ANSWERS] * 100 >= f[HOUSEHOLDS] * 10;
        int64_t whole = 60 + 10 + (surveyed ? 20 : 0) + (f[MANAGEMENT] == 0 ? 10 : 0);
        int64_t base = half_up(inspection * 60, whole) + half_up(f[OPINION] * 10, whole);
        if (surveyed) base += half_up(f[SATISFACTION] * 20, whole);
        if (f[MANAGEMENT] == 0) base += half_up(f[COLLECTION] * 10, whole);
        int64_t figure = base + (f[BONUS] > 500 ? 500 : f[BONUS]);
        composite[e] = figure = figure > 10000 ? 10000 : figure;
        if (f[MANAGEMENT] == 3 || f[SERVED] < 6) { stars[e] = -1; continue; }
        int64_t star = figure >= 9000 ? 5 : figure >= 8500 ? 4 : figure >= 8000 ? 3 : figure >= 7000 ? 2 : figure >= 6000;
        int64_t most = low < 5000 ? 3 : low < 6000 ? 4 : 5;
        if (f[PARTY] && most > 3) most = 3;
        if (surveyed && f[SATISFACTION] < 8000 && most > 4) most = 4;
        if (surveyed && f[SATISFACTION] < 6000 && most > 2) most = 2;
        if (f[MANAGEMENT] == 0 && f[COLLECTION] < 7000 && most > 3) most = 3;
        if (f[VETOES]) most = 0;
        stars[e] = star < most ? star : most;
        rated[f[STRATUM]]++;
        if (stars[e] == 5) asking[f[STRATUM]]++;
    }
    for (int s = 0; s < STRATA; s++) { /* a quota of 15 percent; those tied at the line stay only where all fit */
        if (!asking[s]) continue;
        int64_t places = rated[s] * 15 / 100, *listed = malloc(asking[s] * sizeof *listed), k = 0;
        for (int64_t e = 0; e < n; e++)
            if (stars[e] == 5 && facts[e * WIDTH + STRATUM] == s) listed[k++] = composite[e];
        qsort(listed, k, sizeof *listed, falling);
        int64_t line = 0; /* the least figure that stays */
        if (places < k) {
            line = listed[places] + 1;
        }
        for (int64_t e = 0; e < n; e++)
            if (stars[e] == 5 && facts[e * WIDTH + STRATUM] == s && composite[e] < line) stars[e] = 4;
        free(listed);
    }
    int64_t due = 0, given = 0;
    for (int64_t e = 0; e < n; e++) {
        const int64_t *f = facts + e * WIDTH;
        paid[e] = 0;
        if (stars[e] < 0 || (f[VETOES] & 2)) continue;
        int64_t rate = f[MANAGEMENT] == 1 ? 40 : rates[f[TYPE]];
        paid[e] = half_up(area[e] * rate * coefficients[stars[e]] * 3, 10000);
        if (paid[e] > YEAR_CAP) paid[e] = YEAR_CAP;
        due += paid[e];
    }
    int64_t there = budget < due ? budget : due;
    if (there < due) {
        rest_t *rests = malloc(n * sizeof *rests);
        for (int64_t e = 0; e < n; e++) {
            __int128 product = (__int128)paid[e] * there;
            paid[e] = (int64_t)(product / due);
            rests[e] = (rest_t){(int64_t)(product % due), e};
            given += paid[e];
        }
        qsort(rests, n, sizeof *rests, by_rest);
        for (int64_t k = 0; k < there - given; k++) paid[rests[k].at]++;
        free(rests);
    }
    for (int64_t e = 0; e < n; e++) district[e] = half_up(paid[e] * 70, 100);
}
