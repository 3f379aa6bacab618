package dev.navarch.conformance.apimachinery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.conformance.Behaviour;
import dev.navarch.conformance.Scenario;

/** Upstream {@code test/e2e/apimachinery/table_conversion.go}. */
class TableBehaviours {
    @Behaviour(
            "[sig-api-machinery] Servers with support for Table transformation should return a 406 for a backend which"
                    + " does not implement metadata [Conformance]")
    void notOfWhatIsNotStored(Scenario scenario) {
        var answer = scenario.http()
                .call("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews")
                .accept("application/json;as=Table;v=v1;g=meta.k8s.io")
                .body("application/json", """
                    {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
                     "spec": {"nonResourceAttributes": {"path": "/", "verb": "get"}}}
                    """)
                .send();
        assertThat(answer.status()).isEqualTo(406);
        assertThat(answer.json().path("code").asInt()).isEqualTo(406);
    }
}
