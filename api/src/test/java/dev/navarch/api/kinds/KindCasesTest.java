package dev.navarch.api.kinds;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.api.FieldError;
import dev.navarch.api.kinds.KindCases.Case;
import dev.navarch.api.kinds.KindCases.Write;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.node.ObjectNode;

/** What each kind says of good and bad objects; the cases are in the {@code .cases} files. */
class KindCasesTest {
    static Stream<Case> cases() {
        return KindCases.all();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void complaintsAreUpstreams(Case given) {
        KindRules rules = Objects.rules(given.apiVersion(), given.kind());
        ObjectNode object = Objects.json(given.base());
        metadata(object, given);
        List<String> wrong;
        if (given.write() == Write.CREATE) {
            KindCases.merge(object, Objects.json(given.patch()));
            wrong = Objects.create(rules, object);
        } else {
            assertThat(Objects.create(rules, object)).as("the base").isEmpty();
            ObjectNode now = object.deepCopy();
            KindCases.merge(now, Objects.json(given.patch()));
            if (given.write() == Write.UPDATE) {
                wrong = Objects.update(rules, now, object);
            } else {
                rules.defaults(now);
                rules.prepareForStatusUpdate(now, object);
                wrong = rules.validateStatusUpdate(now, object).stream()
                        .map(FieldError::message)
                        .toList();
            }
        }
        assertThat(wrong.stream()
                        .map(message -> shortened(message, given.wrong()))
                        .toList())
                .isEqualTo(given.wrong());
    }

    private static void metadata(ObjectNode object, Case given) {
        ObjectNode metadata =
                object.path("metadata") instanceof ObjectNode there ? there : object.putObject("metadata");
        Defaults.put(metadata, "name", "n");
        Defaults.put(metadata, "uid", "u");
        if (Objects.namespaced(given.apiVersion(), given.kind())) {
            Defaults.put(metadata, "namespace", "default");
        }
        object.put("apiVersion", given.apiVersion()).put("kind", given.kind());
    }

    /** A message as the expectation of it that leaves out its end. */
    private static String shortened(String message, List<String> expected) {
        return expected.stream()
                .filter(text -> text.endsWith("…") && message.startsWith(text.substring(0, text.length() - 1)))
                .findFirst()
                .orElse(message);
    }
}
