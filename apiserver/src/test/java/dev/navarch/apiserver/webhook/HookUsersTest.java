package dev.navarch.apiserver.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Cases as in upstream's pkg/util/webhook/authentication_test.go. */
class HookUsersTest {
    private final HookUser current = user();

    private static HookUser user() {
        return new HookUser(Optional.empty(), () -> "");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        foo.com:443  | 443  | foo.com            | foo.com:443
        foo.com      | 443  | foo.com            | foo.com
        foo.com      | 8443 | foo.com            | -
        foo.com:8443 | 8443 | foo.com            | foo.com:8443
        *.com:8443   | 8443 | foo.com            | *.com:8443
        *.foo.com    | 443  | bar.foo.com        | *.foo.com
        *.foo.com    | 443  | a.bar.foo.com      | *.foo.com
        *.foo.com    | 443  | foo.com            | -
        *.com *.foo.com | 443 | bar.foo.com      | *.foo.com
        *.svc hook.ns.svc | 443 | hook.ns.svc    | hook.ns.svc
        *.ns.svc:443 hook.ns.svc | 443 | hook.ns.svc | *.ns.svc:443
        *.ns.svc *   | 443  | hook.other.svc     | *
        *            | 8443 | foo.com            | *
        127.0.0.1:9443 | 9443 | 127.0.0.1        | 127.0.0.1:9443
        """)
    void aServersNameChoosesTheUser(String names, int port, String host, String chosen) {
        Map<String, HookUser> byName = new HashMap<>();
        for (var name : names.split(" ")) {
            byName.put(name, user());
        }
        var users = new HookUsers(byName, current);
        assertThat(users.of(host, port)).isSameAs(chosen.equals("-") ? current : byName.get(chosen));
    }
}
