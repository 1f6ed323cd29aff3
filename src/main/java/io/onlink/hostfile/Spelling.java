package io.onlink.hostfile;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** Finds the word that was meant. */
final class Spelling {
    private Spelling() {}

    /** {@code did you mean 'uplink'? } where one of the words is close enough, else nothing. */
    static String suggestion(String word, Collection<String> words) {
        return closest(word, words)
                .map(close -> "did you mean '" + close + "'? ")
                .orElse("");
    }

    /** The word that was probably meant. */
    static Optional<String> closest(String word, Collection<String> words) {
        // One slip in three letters: more, and the guess is a riddle.
        return words.stream()
                .filter(other -> distance(word, other) <= Math.max(1, other.length() / 3))
                .min(Comparator.comparingInt(other -> distance(word, other)));
    }

    /** Letters to add, remove, change or swap with the next to make one word of the other, whatever their case. */
    private static int distance(String from, String to) {
        String a = from.toLowerCase(Locale.ROOT);
        String b = to.toLowerCase(Locale.ROOT);
        int[][] distances = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                distances[i][j] = i == 0 || j == 0 ? i + j : step(distances, a, b, i, j);
            }
        }
        return distances[a.length()][b.length()];
    }

    private static int step(int[][] distances, String a, String b, int i, int j) {
        int change = distances[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        int best = Math.min(change, 1 + Math.min(distances[i - 1][j], distances[i][j - 1]));
        boolean swapped = i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
        return swapped ? Math.min(best, 1 + distances[i - 2][j - 2]) : best;
    }
}
