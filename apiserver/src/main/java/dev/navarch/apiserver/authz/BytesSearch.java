package dev.navarch.apiserver.authz;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Looks for a word in bytes, of which it reads few: where the byte at a word's end can't be, the whole word is passed over
 * (source: Horspool, "Practical fast searching in strings").
 */
final class BytesSearch {
    private final byte[] word;
    /** How far to go on by the byte that lies at the word's end. */
    private final int[] skips = new int[256];

    /** @param word of ASCII */
    BytesSearch(String word) {
        this.word = word.getBytes(StandardCharsets.US_ASCII);
        Arrays.fill(skips, this.word.length);
        for (int i = 0; i < this.word.length - 1; i++) {
            skips[this.word[i]] = this.word.length - 1 - i;
        }
    }

    boolean in(byte[] text) {
        int last = word.length - 1;
        for (int end = last; end < text.length; end += skips[text[end] & 0xff]) {
            int i = 0;
            while (i <= last && text[end - i] == word[last - i]) {
                i++;
            }
            if (i > last) {
                return true;
            }
        }
        return false;
    }
}
