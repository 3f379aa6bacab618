package dev.navarch.apiserver.admission;

import java.util.random.RandomGenerator;

/**
 * Random endings of names: five characters that make no words and are not mistaken for one another (source:
 * k8s.io/apimachinery pkg/util/rand/rand.go; k8s.io/apiserver pkg/storage/names/generate.go).
 */
public final class NameSuffixes {
    private static final String CHARACTERS = "bcdfghjklmnpqrstvwxz2456789";
    private static final int LENGTH = 5;
    private static final int ENDINGS = (int) Math.pow(CHARACTERS.length(), LENGTH);
    private static final int LONGEST_BASE = 63 - LENGTH;

    private final RandomGenerator random;

    /** @param random used under a lock, so that any generator will do */
    public NameSuffixes(RandomGenerator random) {
        this.random = random;
    }

    /** {@code base}, cut if need be, with a random ending. */
    public String generate(String base) {
        var name = new StringBuilder(base.length() > LONGEST_BASE ? base.substring(0, LONGEST_BASE) : base);
        int ending;
        synchronized (random) {
            ending = random.nextInt(ENDINGS);
        }
        for (int i = 0; i < LENGTH; i++) {
            name.append(CHARACTERS.charAt(ending % CHARACTERS.length()));
            ending /= CHARACTERS.length();
        }
        return name.toString();
    }
}
