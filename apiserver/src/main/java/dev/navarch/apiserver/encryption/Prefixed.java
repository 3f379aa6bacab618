package dev.navarch.apiserver.encryption;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;

/**
 * Transformations that are told apart by what sealed values begin with: the first seals, each whose prefix fits is tried to
 * open (source: k8s.io/apiserver pkg/storage/value/transformer.go, prefixTransformers).
 */
final class Prefixed implements Transformation {
    private final List<Choice> choices;
    private final List<byte[]> prefixes;
    private final String nobody;

    /** @param prefix empty for what leaves values as they are */
    record Choice(String prefix, Transformation transformation) {}

    /** @param nobody why a value that no prefix fits can't be opened */
    Prefixed(List<Choice> choices, String nobody) {
        this.choices = List.copyOf(choices);
        prefixes = choices.stream()
                .map(choice -> choice.prefix.getBytes(StandardCharsets.UTF_8))
                .toList();
        this.nobody = nobody;
    }

    @Override
    public byte[] seal(byte[] value, byte[] place) {
        var first = choices.getFirst();
        var sealed = first.transformation.seal(value, place);
        if (first.prefix.isEmpty()) {
            return sealed;
        }
        var prefix = prefixes.getFirst();
        var out = Arrays.copyOf(prefix, prefix.length + sealed.length);
        System.arraycopy(sealed, 0, out, prefix.length, sealed.length);
        return out;
    }

    @Override
    public Opened open(byte[] data, byte[] place) {
        var failures = new ArrayList<String>();
        for (int i = 0; i < choices.size(); i++) {
            var choice = choices.get(i);
            var prefix = prefixes.get(i);
            if (!begins(data, prefix)) {
                continue;
            }
            try {
                var rest = prefix.length == 0 ? data : Arrays.copyOfRange(data, prefix.length, data.length);
                var opened = choice.transformation.open(rest, place);
                return new Opened(opened.value(), opened.stale() || i != 0);
            } catch (SealFailure e) {
                if (!choice.prefix.isEmpty()) {
                    failures.add(e.getMessage());
                }
            }
        }
        throw new SealFailure(failures.isEmpty() ? nobody : aggregate(failures));
    }

    /** What a value's sealing is called in metrics: the prefix that fits; "identity" or "unknown" where none does. */
    String prefixOf(byte[] data) {
        for (int i = 0; i < choices.size(); i++) {
            if (begins(data, prefixes.get(i))) {
                return prefixes.get(i).length == 0 ? "identity" : choices.get(i).prefix;
            }
        }
        return "unknown";
    }

    String firstPrefix() {
        return choices.getFirst().prefix;
    }

    private static String aggregate(List<String> failures) {
        var different = List.copyOf(new LinkedHashSet<>(failures));
        return different.size() == 1 ? different.getFirst() : "[" + String.join(", ", different) + "]";
    }

    private static boolean begins(byte[] data, byte[] prefix) {
        return data.length >= prefix.length && Arrays.equals(data, 0, prefix.length, prefix, 0, prefix.length);
    }
}
