package dev.navarch.client;

/**
 * Short texts that recur, such as labels' values and the names of images and volumes: of equal ones that were seen
 * lately the first is returned. Threads race for a slot, which costs no more than a text that is there twice.
 */
final class SharedStrings {
    private static final int SLOTS = 1 << 14;
    private static final int LONGEST = 64;

    private final String[] slots = new String[SLOTS];

    String of(String text) {
        if (text.length() > LONGEST) {
            return text;
        }
        int hash = text.hashCode();
        int slot = (hash ^ hash >>> 16) & (SLOTS - 1);
        var known = slots[slot];
        if (text.equals(known)) {
            return known;
        }
        slots[slot] = text;
        return text;
    }
}
