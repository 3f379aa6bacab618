package dev.navarch.apiserver.registry;

import dev.navarch.apiserver.ApiFailure;
import dev.navarch.apiserver.tree.Tree;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Where the next page of a list begins: after {@code after}, a key without the list's prefix, in the snapshot of
 * {@code revision}. In the form of upstream's tokens (source: k8s.io/apiserver pkg/storage/continue.go).
 *
 * @param revision -1 for the newest snapshot, which a token from an Expired error asks for
 */
record ContinueToken(long revision, String after) {
    private static final String VERSION = "meta.k8s.io/v1";
    private static final int LONGEST = 4096;

    String encode() {
        var tree = Tree.object();
        tree.put("v", VERSION);
        tree.put("rv", revision);
        tree.put("start", after + "\0");
        return Base64.getUrlEncoder().withoutPadding().encodeToString(Tree.json(tree));
    }

    /** @throws ApiFailure 400 if the text is no token of ours */
    static ContinueToken decode(String text) {
        if (text.length() > LONGEST) {
            throw invalid("token too long");
        }
        try {
            var bytes = Base64.getUrlDecoder().decode(text.getBytes(StandardCharsets.ISO_8859_1));
            var tree = JsonMapper.shared().readTree(bytes);
            var version = Tree.text(tree, "v");
            if (!version.equals(VERSION)) {
                throw ApiFailure.badRequest(
                        "continue key is not valid: server does not recognize this encoded version " + version);
            }
            long revision = Tree.number(tree, 0, "rv");
            if (revision == 0) {
                throw ApiFailure.badRequest(
                        "continue key is not valid: incorrect encoded start resourceVersion (version " + VERSION + ")");
            }
            var start = Tree.text(tree, "start");
            if (start.isEmpty()) {
                throw ApiFailure.badRequest(
                        "continue key is not valid: encoded start key empty (version " + VERSION + ")");
            }
            if (start.startsWith("/") || start.contains("//") || start.contains("./")) {
                throw invalid(start);
            }
            return new ContinueToken(revision, start.endsWith("\0") ? start.substring(0, start.length() - 1) : start);
        } catch (IllegalArgumentException | JacksonException e) {
            throw invalid(String.valueOf(e.getMessage()).lines().findFirst().orElse("malformed"));
        }
    }

    private static ApiFailure invalid(String why) {
        return ApiFailure.badRequest("continue key is not valid: " + why);
    }
}
