package dev.navarch.apiserver.flowcontrol;

import java.util.Optional;

/**
 * Deals each flow a hand of queues: two flows seldom have the same, so that one that floods its own leaves others one at
 * least. Source: k8s.io/apiserver pkg/util/shufflesharding.
 */
record Dealer(int deckSize, int handSize) {
    /** With more bits used of a hash, the last card would be dealt unevenly. */
    private static final int MAX_HASH_BITS = 60;

    /** Why there can't be such a dealer. */
    static Optional<String> complaint(int deckSize, int handSize) {
        if (deckSize <= 0 || handSize <= 0) {
            return Optional.of("deckSize " + deckSize + " or handSize " + handSize + " is not positive");
        }
        if (handSize > deckSize) {
            return Optional.of("handSize " + handSize + " is greater than deckSize " + deckSize);
        }
        if (deckSize > 1 << 26) {
            return Optional.of("deckSize " + deckSize + " is impractically large");
        }
        return Math.ceil(Math.log(deckSize) / Math.log(2) * handSize) > MAX_HASH_BITS
                ? Optional.of("required entropy bits of deckSize " + deckSize + " and handSize " + handSize
                        + " is greater than " + MAX_HASH_BITS)
                : Optional.empty();
    }

    /** Different numbers below the deck's size. */
    int[] deal(long hash) {
        var hand = new int[handSize];
        long rest = hash;
        for (int i = 0; i < handSize; i++) {
            long next = Long.divideUnsigned(rest, deckSize - i);
            hand[i] = (int) (rest - (deckSize - i) * next);
            rest = next;
        }
        for (int i = handSize - 1; i > 0; i--) { // from the last, as each goes by what those before it drew
            int card = hand[i];
            for (int j = i - 1; j >= 0; j--) {
                if (card >= hand[j]) {
                    card++;
                }
            }
            hand[i] = card;
        }
        return hand;
    }
}
