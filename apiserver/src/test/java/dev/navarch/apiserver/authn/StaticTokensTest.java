package dev.navarch.apiserver.authn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.apiserver.request.User;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StaticTokensTest {
    private static final List<String> OWN = List.of("api");

    @Test
    void aLineIsAUser() {
        var tokens = new StaticTokens("""
                secret1,jane,u1,"dev,ops"

                secret2,"bob ""the builder""\",u2
                ,nobody,u3
                """, OWN);
        assertThat(tokens.verify("secret1", List.of()).orElseThrow().user())
                .isEqualTo(new User("jane", "u1", List.of("dev", "ops"), Map.of()));
        assertThat(tokens.verify("secret2", List.of()).orElseThrow().user().name())
                .isEqualTo("bob \"the builder\"");
        assertThat(tokens.verify("", List.of())).isEmpty();
        assertThat(tokens.verify("secret", List.of())).isEmpty();
    }

    @Test
    void theyAreForTheServerAlone() {
        var tokens = new StaticTokens("secret1,jane,u1", OWN);
        assertThat(tokens.verify("secret1", List.of("other", "api"))
                        .orElseThrow()
                        .audiences())
                .containsExactly("api");
        assertThat(tokens.verify("secret1", List.of("other"))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\'', textBlock = """
        secret,jane    | must have at least 3 columns (token, user name, user uid), found 2
        secret,ja"ne,1 | parse error on line 1: bare " in non-quoted-field
        secret,"jane,1 | parse error on line 1: extraneous or missing " in quoted-field
        """)
    void otherFilesAreRefusedAndNoTokenIsTold(String csv, String why) {
        assertThatThrownBy(() -> new StaticTokens(csv, OWN)).hasMessage(why);
    }
}
