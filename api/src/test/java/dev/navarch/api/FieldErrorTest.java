package dev.navarch.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class FieldErrorTest {

    @Test
    void messagesAreWordedAsUpstream() {
        var name = FieldPath.of("spec").child("containers").index(0).child("name");
        assertThat(FieldError.required(name.toString(), "").message())
                .isEqualTo("spec.containers[0].name: Required value");
        assertThat(FieldError.invalid("metadata.name", "A\"", "must be lower case")
                        .message())
                .isEqualTo("metadata.name: Invalid value: \"A\\\"\": must be lower case");
        assertThat(FieldError.invalid("spec.replicas", -1, "must be greater than or equal to 0")
                        .message())
                .isEqualTo("spec.replicas: Invalid value: -1: must be greater than or equal to 0");
        assertThat(FieldError.notSupported("spec.type", "X", List.of("A", "B")).message())
                .isEqualTo("spec.type: Unsupported value: \"X\": supported values: \"A\", \"B\"");
        assertThat(FieldError.forbidden("spec", "no").message()).isEqualTo("spec: Forbidden: no");
        assertThat(FieldError.tooLong("x", 63).message()).isEqualTo("x: Too long: may not be more than 63 bytes");
        assertThat(FieldError.tooMany("x", 5, 1).message()).isEqualTo("x: Too many: 5: must have at most 1 item");
        assertThat(FieldError.invalid("x", null, "").message()).isEqualTo("x: Invalid value: null");
        assertThat(FieldError.required("x", "").type().reason()).isEqualTo("FieldValueRequired");
    }

    @Test
    void pathsHaveSubscripts() {
        assertThat(FieldPath.of("metadata").child("labels").key("a/b")).hasToString("metadata.labels[a/b]");
    }
}
