package dev.navarch.apiserver.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.apiserver.TestCertificates;
import dev.navarch.apiserver.admission.AdmissionSettings;
import dev.navarch.apiserver.admission.PodSecuritySettings;
import dev.navarch.apiserver.webhook.HookUser;
import dev.navarch.apiserver.webhook.HookUsers;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** JSON is written with single quotes. */
class WebhookCredentialsTest {
    private static final String MAPS = "/api/v1/namespaces/default/configmaps";

    private final TestCertificates certificates = new TestCertificates();
    private final HookServer demanding = new HookServer(certificates, true);

    WebhookCredentialsTest() throws Exception {}

    @AfterEach
    void close() {
        demanding.close();
    }

    private static AdmissionSettings told(HookUsers.OfAdmission users) {
        return new AdmissionSettings(users, PodSecuritySettings.STANDARD);
    }

    private static HookUsers only(String server, HookUser user) {
        return new HookUsers(Map.of(server, user), HookUser.ANONYMOUS);
    }

    private HookUser certified(String subject, HookUser.Authorization authorization) throws Exception {
        return new HookUser(Optional.of(certificates.client(subject)), authorization);
    }

    private void configure(TestApi api, String kind, String name) {
        demanding.onAdmission("/" + name, response -> response);
        api.post(
                        "/apis/admissionregistration.k8s.io/v1/" + kind.toLowerCase(java.util.Locale.ROOT)
                                + "webhookconfigurations",
                        ("{'kind':'" + kind
                                        + "WebhookConfiguration','apiVersion':'admissionregistration.k8s.io/v1','metadata':{'name':'"
                                        + name + "'},'webhooks':[{'name':'" + name
                                        + ".example.com','admissionReviewVersions':['v1'],'sideEffects':'None','clientConfig':"
                                        + demanding.config("/" + name)
                                        + ",'rules':[{'apiGroups':[''],'apiVersions':['v1'],'operations':['*'],'resources':['configmaps']}]}]}")
                                .replace('\'', '"'))
                .expect(201);
    }

    private static TestApi.Answer create(TestApi api) {
        return api.post(MAPS, "{\"kind\":\"ConfigMap\",\"apiVersion\":\"v1\",\"metadata\":{\"generateName\":\"a-\"}}");
    }

    @Test
    void eachStepShowsItsOwnCertificateAndWords() throws Exception {
        var server = "127.0.0.1:" + demanding.port();
        var users = new HookUsers.OfAdmission(
                only(server, certified("CN=mutator", () -> "Bearer m")),
                only("*", certified("CN=validator", () -> "")));
        try (var api = new TestApi(told(users))) {
            configure(api, "Mutating", "change");
            configure(api, "Validating", "check");
            create(api).expect(201);
            create(api).expect(201);
        }
        assertThat(demanding.asked)
                .extracting(a -> a.path() + " " + a.certificate() + " " + a.authorization())
                .containsExactly(
                        "/change CN=mutator Bearer m",
                        "/check CN=validator ",
                        "/change CN=mutator Bearer m",
                        "/check CN=validator ");
    }

    @Test
    void aServerThatDemandsACertificateTurnsOthersAway() throws Exception {
        var elsewhere = only("127.0.0.1:1", certified("CN=validator", () -> ""));
        try (var api = new TestApi(told(new HookUsers.OfAdmission(HookUsers.ANONYMOUS, elsewhere)))) {
            configure(api, "Validating", "check");
            assertThat(create(api).expect(500).message())
                    .contains("failed calling webhook \"check.example.com\": failed to call webhook: Post");
        }
        assertThat(demanding.asked).isEmpty();
    }

    @Test
    void aTokenThatIsGoneFailsTheCallOnly() throws Exception {
        var user = certified("CN=validator", () -> {
            throw new IOException("no token any more");
        });
        try (var api = new TestApi(told(new HookUsers.OfAdmission(HookUsers.ANONYMOUS, only("*", user))))) {
            configure(api, "Validating", "check");
            assertThat(create(api).expect(500).message()).contains("no token any more");
        }
        assertThat(demanding.asked).isEmpty();
    }
}
