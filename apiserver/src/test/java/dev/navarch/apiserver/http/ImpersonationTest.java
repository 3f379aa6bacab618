package dev.navarch.apiserver.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.Decision;
import dev.navarch.apiserver.request.Headers;
import dev.navarch.apiserver.request.RequestInfo;
import dev.navarch.apiserver.request.User;
import dev.navarch.time.ManualTime;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Source of the behaviour: k8s.io/apiserver pkg/endpoints/filters/impersonation/constrained_impersonation_test.go. */
class ImpersonationTest {
    private static final RequestInfo LIST_PODS =
            new RequestInfo(true, "list", "", "v1", "pods", "", "shop", "", "/api/v1/namespaces/shop/pods");
    private static final User JANE = new User("jane", List.of());
    private static final User AGENT = User.serviceAccount(
            "ops",
            "agent",
            "u1",
            Map.of("authentication.kubernetes.io/node-name", List.of("n1"), "other", List.of("x")));

    private final List<String> asked = new ArrayList<>();
    private final List<User> askedFor = new ArrayList<>();
    private Set<String> allowed = Set.of();
    private final Impersonation impersonation = new Impersonation(
            (user, info) -> {
                var what = info.verb() + " " + info.qualifiedResource()
                        + (info.subresource().isEmpty() ? "" : "/" + info.subresource())
                        + (info.name().isEmpty() ? "" : " " + info.name());
                asked.add(what);
                askedFor.add(user);
                return allowed.contains(what) ? Decision.allow("") : Decision.noOpinion("");
            },
            new ImpersonationMetrics(new ManualTime(Instant.EPOCH), new PrometheusRegistry()));

    private User as(User asking, String... headers) {
        return impersonation.apply(asking, LIST_PODS, Headers.of(headers));
    }

    @Test
    void withoutHeadersNobodyIsAsked() {
        assertThat(as(JANE, "Accept", "text/plain")).isSameAs(JANE);
        assertThat(asked).isEmpty();
    }

    @Test
    void whoMayImpersonateForAllActsAsBefore() {
        allowed = Set.of("impersonate users bob", "impersonate groups dev", "impersonate uids.authentication.k8s.io 7");
        var bob = as(JANE, "Impersonate-User", "bob", "Impersonate-Group", "dev", "Impersonate-Uid", "7");
        assertThat(bob).isEqualTo(new User("bob", "7", List.of("dev", User.AUTHENTICATED), Map.of()));
    }

    @Test
    void aConstrainedRightNeedsBothParts() {
        allowed = Set.of("impersonate-on:user-info:list pods");
        assertThatThrownBy(() -> as(JANE, "Impersonate-User", "bob"))
                .hasMessage("users.authentication.k8s.io \"bob\" is forbidden: User \"jane\" cannot"
                        + " impersonate:user-info resource \"users\" in API group \"authentication.k8s.io\" at the"
                        + " cluster scope");
        allowed = Set.of("impersonate:user-info users.authentication.k8s.io bob");
        assertThatThrownBy(() -> as(JANE, "Impersonate-User", "bob"))
                .hasMessage("pods is forbidden: User \"jane\" cannot impersonate-on:user-info:list resource \"pods\""
                        + " in API group \"\" in the namespace \"shop\"");
        allowed = Set.of("impersonate-on:user-info:list pods", "impersonate:user-info users.authentication.k8s.io bob");
        assertThat(as(JANE, "Impersonate-User", "bob")).isEqualTo(new User("bob", List.of(User.AUTHENTICATED)));
    }

    @Test
    void whatHelpedLastIsTriedFirst() {
        allowed = Set.of("impersonate users bob");
        as(JANE, "Impersonate-User", "bob");
        asked.clear();
        as(JANE, "Impersonate-User", "bob");
        assertThat(asked).containsExactly("impersonate users bob");
    }

    @Test
    void anAccountActsAsItsOwnNodeAndItsPlaceIsNotSeen() {
        allowed = Set.of(
                "impersonate-on:associated-node:list pods",
                "impersonate:associated-node nodes.authentication.k8s.io *");
        assertThat(as(AGENT, "Impersonate-User", "system:node:n1"))
                .isEqualTo(new User("system:node:n1", List.of("system:nodes", User.AUTHENTICATED)));
        assertThat(askedFor)
                .allMatch(user -> user.extra()
                        .equals(Map.of(
                                "authentication.kubernetes.io/associated-node-keys",
                                List.of("authentication.kubernetes.io/node-name", "other"))));
        assertThatThrownBy(() -> as(AGENT, "Impersonate-User", "system:node:n2"))
                .hasMessageContaining("impersonate-on:arbitrary-node:list");
        assertThatThrownBy(() -> as(JANE, "Impersonate-User", "system:node:n1"))
                .hasMessageContaining("impersonate-on:arbitrary-node:list");
    }

    @Test
    void nodesAndAccountsAreNotReachedAsMereUsers() {
        allowed = Set.of(
                "impersonate-on:user-info:list pods",
                "impersonate:user-info users.authentication.k8s.io system:node:n1",
                "impersonate-on:serviceaccount:list pods",
                "impersonate:serviceaccount serviceaccounts.authentication.k8s.io agent");
        assertThatThrownBy(() -> as(JANE, "Impersonate-User", "system:node:n1")).isInstanceOf(ApiFailure.class);
        assertThat(as(JANE, "Impersonate-User", "system:serviceaccount:ops:agent")
                        .groups())
                .containsExactly("system:serviceaccounts", "system:serviceaccounts:ops", User.AUTHENTICATED);
    }

    @Test
    void constrainedNobodyBecomesMaster() {
        allowed = Set.of(
                "impersonate-on:user-info:list pods",
                "impersonate:user-info users.authentication.k8s.io bob",
                "impersonate:user-info groups.authentication.k8s.io system:masters",
                "impersonate:user-info groups.authentication.k8s.io *");
        assertThatThrownBy(() -> as(JANE, "Impersonate-User", "bob", "Impersonate-Group", User.MASTERS))
                .hasMessageContaining("impersonating the system:masters group is not allowed");
        var many = as(
                JANE,
                "Impersonate-User",
                "bob",
                "Impersonate-Group",
                "a",
                "Impersonate-Group",
                "b",
                "Impersonate-Group",
                "c",
                "Impersonate-Group",
                "d");
        assertThat(many.groups()).containsExactly("a", "b", "c", "d", User.AUTHENTICATED);
    }

    @Test
    void extraKeysOfConstrainedOnesArePathsBelowDomains() {
        allowed = Set.of(
                "impersonate-on:user-info:list pods",
                "impersonate:user-info users.authentication.k8s.io bob",
                "impersonate:user-info userextras.authentication.k8s.io/acme.io/team red");
        assertThat(as(JANE, "Impersonate-User", "bob", "Impersonate-Extra-acme.io%2fteam", "red")
                        .extra())
                .isEqualTo(Map.of("acme.io/team", List.of("red")));
        assertThatThrownBy(() -> as(JANE, "Impersonate-User", "bob", "Impersonate-Extra-team", "red"))
                .hasMessageContaining("impersonating an invalid key in extra is not allowed: extra.key: Invalid value:"
                        + " \"team\": must be a domain-prefixed path (such as \"acme.io/foo\")");
    }

    @Test
    void withoutANameTheRequestIsBad() {
        assertThatThrownBy(() -> as(JANE, "Impersonate-Group", "dev"))
                .hasMessage("requested &user.DefaultInfo{Name:\"\", UID:\"\", Groups:[]string{\"dev\"},"
                        + " Extra:map[string][]string(nil)} without impersonating a user name");
    }
}
