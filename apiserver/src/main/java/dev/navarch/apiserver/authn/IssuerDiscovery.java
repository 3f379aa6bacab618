package dev.navarch.apiserver.authn;

import com.nimbusds.jose.jwk.JWKSet;
import dev.navarch.apiserver.ApiRequest;
import dev.navarch.apiserver.ApiResponse;
import dev.navarch.apiserver.Headers;
import dev.navarch.apiserver.RequestHandler;
import java.nio.charset.StandardCharsets;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * Lets others verify service-account tokens by OpenID Connect discovery. Source: k8s.io/kubernetes
 * pkg/serviceaccount/openidmetadata.go.
 */
public final class IssuerDiscovery {
    public static final String CONFIGURATION_PATH = "/.well-known/openid-configuration";
    public static final String KEYS_PATH = "/openid/v1/jwks";

    private final byte[] configuration;
    private final byte[] keys;

    public IssuerDiscovery(ServiceAccountTokens tokens) {
        var issuer = tokens.issuer();
        var tree = JsonNodeFactory.instance.objectNode();
        tree.put("issuer", issuer);
        tree.put("jwks_uri", (issuer.endsWith("/") ? issuer.substring(0, issuer.length() - 1) : issuer) + KEYS_PATH);
        tree.putArray("response_types_supported").add("id_token");
        tree.putArray("subject_types_supported").add("public");
        var algorithms = tree.putArray("id_token_signing_alg_values_supported");
        tokens.keys().stream()
                .map(key -> key.getAlgorithm().getName())
                .distinct()
                .forEach(algorithms::add);
        configuration = tree.toString().getBytes(StandardCharsets.UTF_8);
        keys = new JWKSet(tokens.keys()).toString().getBytes(StandardCharsets.UTF_8);
    }

    public RequestHandler configuration() {
        return document("application/json", configuration);
    }

    public RequestHandler keys() {
        return document("application/jwk-set+json", keys);
    }

    private static RequestHandler document(String contentType, byte[] body) {
        var response = new ApiResponse.Whole(200, contentType, Headers.EMPTY, body);
        return new RequestHandler() {
            @Override
            public ApiResponse handle(ApiRequest request) {
                return response;
            }

            @Override
            public boolean mayBlock(ApiRequest request) {
                return false;
            }
        };
    }
}
