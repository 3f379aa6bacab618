package dev.navarch.embedded;

import dev.navarch.storage.Draft;
import dev.navarch.storage.StoreState;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.random.RandomGenerator;

/**
 * What every cluster makes for itself and has once it rests: default roles and bindings, namespaces, priority levels, API
 * services and so on. A new cluster has it from {@code beginning.txt} instead of some hundreds of requests of its own, all but
 * uids and times. The file is what a cluster that begins with nothing comes to ({@code BeginningTest} compares them, and writes
 * it anew).
 *
 * <p>A line is an object: its key; where in the text that follows the revision belongs, where the uid is and where times are; the
 * length of the text in bytes; the text. Offsets count bytes.
 */
final class Beginning {
    private static final String FILE = "beginning.txt";

    private final List<Line> lines = new ArrayList<>();

    private record Line(String key, int revisionAt, int uidAt, int[] times, byte[] text) {}

    /** Read once a process. */
    private static final class Standard {
        private static final Beginning BEGINNING = new Beginning();

        static void begin() {
            // the class's initialization does
        }
    }

    private Beginning() {
        try (var in = Beginning.class.getResourceAsStream(FILE)) {
            if (in == null) {
                throw new IllegalStateException(FILE + " is missing");
            }
            read(new Words(in.readAllBytes()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void read(Words words) {
        while (words.more()) {
            lines.add(new Line(words.word(), words.number(), words.number(), words.numbers(), words.text()));
        }
    }

    /** Goes over the file once, and looks at no byte of the objects. */
    private static final class Words {
        private final byte[] all;
        private int at;

        Words(byte[] all) {
            this.all = all;
        }

        boolean more() {
            return at < all.length;
        }

        String word() {
            int begin = at;
            while (all[at] > ' ') {
                at++;
            }
            return new String(all, begin, at++ - begin, StandardCharsets.US_ASCII);
        }

        int number() {
            return Integer.parseInt(word());
        }

        int[] numbers() {
            var parts = word().split(",");
            var numbers = new int[parts.length];
            for (int i = 0; i < parts.length; i++) {
                numbers[i] = Integer.parseInt(parts[i]);
            }
            return numbers;
        }

        byte[] text() {
            int length = number();
            var text = new byte[length];
            System.arraycopy(all, at, text, 0, length);
            at += length + 1;
            return text;
        }
    }

    /** Reads the file, for another thread while whoever starts the first cluster prepares it. */
    static void preload() {
        Standard.begin();
    }

    /** Whether a cluster with these settings comes to what the file has. */
    static boolean suits(ClusterSettings settings) {
        return settings.machine().isEmpty() && settings.runtimeConfig().isEmpty();
    }

    /**
     * As if all had been made at one instant.
     *
     * @param seed what uids are drawn from
     */
    static StoreState state(long seed, Instant now) {
        var random = new Random(seed);
        var time = now.truncatedTo(ChronoUnit.SECONDS).toString().getBytes(StandardCharsets.US_ASCII);
        SortedMap<String, Draft> drafts = new TreeMap<>();
        for (var line : Standard.BEGINNING.lines) {
            var text = line.text.clone();
            put(text, line.uidAt, uid(random));
            for (int at : line.times) {
                put(text, at, time);
            }
            drafts.put(line.key, new Draft(text, line.revisionAt));
        }
        return StoreState.of(drafts);
    }

    private static void put(byte[] text, int at, byte[] what) {
        System.arraycopy(what, 0, text, at, what.length);
    }

    /** Of version 4. */
    private static byte[] uid(RandomGenerator random) {
        long high = random.nextLong() & ~0xf000L | 0x4000L;
        long low = random.nextLong() & ~(3L << 62) | 1L << 63;
        return new UUID(high, low).toString().getBytes(StandardCharsets.US_ASCII);
    }
}
