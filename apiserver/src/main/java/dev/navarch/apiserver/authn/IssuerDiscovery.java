package dev.navarch.apiserver.authn;

import com.nimbusds.jose.jwk.JWKSet;
import dev.navarch.apiserver.request.ApiRequest;
import dev.navarch.apiserver.request.ApiResponse;
import dev.navarch.apiserver.request.Headers;
import dev.navarch.apiserver.request.RequestHandler;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * Lets others verify service-account tokens by OpenID Connect discovery. Source: k8s.io/kubernetes
 * pkg/serviceaccount/openidmetadata.go.
 */
public final class IssuerDiscovery {
    public static final String CONFIGURATION_PATH = "/.well-known/openid-configuration";
    public static final String KEYS_PATH = "/openid/v1/jwks";

    private final ServiceAccountTokens tokens;
    private final Optional<String> keySetUri;
    /** Made when somebody asks. */
    private volatile @Nullable Documents documents;

    /** Both, made for one set of keys. */
    private record Documents(ServiceAccountTokens.Ready of, ApiResponse configuration, ApiResponse keys) {}

    /** @param keySetUri where the keys are found, if not where the issuer's URL leads */
    public IssuerDiscovery(ServiceAccountTokens tokens, Optional<String> keySetUri) {
        this.tokens = tokens;
        this.keySetUri = keySetUri;
    }

    /** Whether the issuer is one whose documents can be found: an https URL without query or fragment. */
    public boolean possible() {
        try {
            var issuer = new URI(tokens.issuer());
            return "https".equals(issuer.getScheme())
                    && issuer.getRawQuery() == null
                    && issuer.getRawFragment() == null;
        } catch (URISyntaxException _) {
            return false;
        }
    }

    public RequestHandler configuration() {
        return document(Documents::configuration);
    }

    public RequestHandler keys() {
        return document(Documents::keys);
    }

    private Documents documents() {
        var keys = tokens.ready();
        var known = documents;
        if (known == null || known.of != keys) {
            known = documents(keys);
            documents = known;
        }
        return known;
    }

    private Documents documents(ServiceAccountTokens.Ready keys) {
        var issuer = tokens.issuer();
        var tree = JsonNodeFactory.instance.objectNode();
        tree.put("issuer", issuer);
        tree.put(
                "jwks_uri",
                keySetUri.orElseGet(
                        () -> (issuer.endsWith("/") ? issuer.substring(0, issuer.length() - 1) : issuer) + KEYS_PATH));
        tree.putArray("response_types_supported").add("id_token");
        tree.putArray("subject_types_supported").add("public");
        var algorithms = tree.putArray("id_token_signing_alg_values_supported");
        keys.published().stream()
                .map(key -> key.getAlgorithm().getName())
                .distinct()
                .forEach(algorithms::add);
        return new Documents(
                keys,
                whole("application/json", tree.toString()),
                whole("application/jwk-set+json", new JWKSet(keys.published()).toString()));
    }

    private static ApiResponse whole(String contentType, String text) {
        return new ApiResponse.Whole(200, contentType, Headers.EMPTY, text.getBytes(StandardCharsets.UTF_8));
    }

    private RequestHandler document(Function<Documents, ApiResponse> which) {
        return new RequestHandler() {
            @Override
            public ApiResponse handle(ApiRequest request) {
                return which.apply(documents());
            }

            @Override
            public boolean mayBlock(ApiRequest request) {
                return false;
            }
        };
    }
}
