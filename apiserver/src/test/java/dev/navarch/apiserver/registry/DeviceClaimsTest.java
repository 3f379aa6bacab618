package dev.navarch.apiserver.registry;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Cases of pkg/apis/resource/validation and pkg/registry/resource. */
class DeviceClaimsTest {
    private static final String GROUP = "/apis/resource.k8s.io/v1";
    private static final String CLAIMS = GROUP + "/namespaces/default/resourceclaims";

    private final TestApi api = new TestApi();

    @AfterEach
    void close() {
        api.close();
    }

    private static String claim(String name, String exactly) {
        return """
            {"metadata":{"name":"%s"},"spec":{"devices":{"requests":[
              {"name":"r","exactly":{"deviceClassName":"gpu"%s}}]}}}\
            """.formatted(name, exactly.isEmpty() ? "" : "," + exactly);
    }

    private static String selecting(String expression) {
        return "\"selectors\":[{\"cel\":{\"expression\":\"" + expression + "\"}}]";
    }

    private TestApi.Answer patch(String path, String body) {
        return api.send("PATCH", path, body, "Content-Type", "application/merge-patch+json");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        device.driver == 1 | compilation failed: ERROR: <input>:1:15: found no matching overload for '_==_'
        device.driver      | must evaluate to bool or the unknown type, not string
        """)
    void selectorsMustCompile(String expression, String complaint) {
        assertThat(api.post(CLAIMS, claim("c", selecting(expression)))
                        .expect(422)
                        .message())
                .contains("spec.devices.requests[0].exactly.selectors[0].cel.expression: Invalid value: \"" + expression
                        + "\": " + complaint);
        var deviceClass = "{\"metadata\":{\"name\":\"gpu\"},\"spec\":{" + selecting(expression) + "}}";
        assertThat(api.post(GROUP + "/deviceclasses", deviceClass).expect(422).message())
                .contains("spec.selectors[0].cel.expression: Invalid value: \"" + expression + "\": " + complaint);
        var template = """
            {"metadata":{"name":"t"},"spec":{"spec":{"devices":{"requests":[{"name":"r","firstAvailable":[
              {"name":"a","deviceClassName":"gpu",%s}]}]}}}}\
            """.formatted(selecting(expression));
        assertThat(api.post(GROUP + "/namespaces/default/resourceclaimtemplates", template)
                        .expect(422)
                        .message())
                .contains(
                        "spec.spec.devices.requests[0].firstAvailable[0].selectors[0].cel.expression: Invalid value:");
    }

    @Test
    void selectorsMustNotTakeTooMuch() {
        var loops = "device.attributes.all(a, device.attributes.all(b, device.attributes.all(c,"
                + " device.attributes.all(d, device.attributes.all(e, a + b + c + d + e != 'x')))))";
        assertThat(api.post(CLAIMS, claim("c", selecting(loops))).expect(422).message())
                .contains(
                        "spec.devices.requests[0].exactly.selectors[0].cel.expression: Forbidden: too complex, exceeds"
                                + " cost limit");
        api.post(CLAIMS, claim("c", selecting("device.attributes['a.example.com'].b == 1")))
                .expect(201);
    }

    @Test
    void administratorsAccessIsForLabelledNamespaces() {
        var refused =
                api.post(CLAIMS, claim("c", "\"adminAccess\":true")).expect(422).message();
        assertThat(refused)
                .isEqualTo("ResourceClaim.resource.k8s.io \"c\" is invalid: spec.devices.requests[0].adminAccess:"
                        + " Forbidden: admin access to devices requires the `resource.kubernetes.io/admin-access: true`"
                        + " label on the containing namespace");
        api.post(CLAIMS, claim("none", "\"adminAccess\":false")).expect(201);
        api.post(
                        "/api/v1/namespaces",
                        "{\"metadata\":{\"name\":\"admin\",\"labels\":{\"resource.kubernetes.io/admin-access\":\"true\"}}}")
                .expect(201);
        api.post(GROUP + "/namespaces/admin/resourceclaims", claim("c", "\"adminAccess\":true"))
                .expect(201);
    }

    @Test
    void whatIsSaidOfDevicesGoesWithThem() {
        api.post(CLAIMS, claim("c", "")).expect(201);
        var status = CLAIMS + "/c/status";
        patch(status, """
            {"status":{"allocation":{"devices":{"results":[
              {"request":"r","driver":"d.example.com","pool":"p","device":"a"}]}}}}\
            """).expect(200);
        patch(status, """
            {"status":{"devices":[{"driver":"d.example.com","pool":"p","device":"a","data":{"x":1}}]}}\
            """).expect(200);
        assertThat(patch(status, """
            {"status":{"devices":[{"driver":"d.example.com","pool":"p","device":"b","data":{"x":1}}]}}\
            """).expect(422).message()).contains("must be an allocated device in the claim");
        var after =
                patch(status, "{\"status\":{\"allocation\":null}}").expect(200).json();
        assertThat(after.at("/status").has("devices")).isFalse();
    }
}
