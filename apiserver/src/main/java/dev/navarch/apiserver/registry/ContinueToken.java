package dev.navarch.apiserver.registry;

import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.tree.Tree;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
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
            throw invalid(": token too long");
        }
        JsonNode tree;
        try {
            var bytes = Base64.getUrlDecoder().decode(text.getBytes(StandardCharsets.ISO_8859_1));
            tree = JsonMapper.shared().readTree(bytes);
        } catch (IllegalArgumentException _) {
            throw invalid(": illegal base64 data at input byte " + firstIllegal(text));
        } catch (JacksonException e) {
            throw invalid(": " + e.getOriginalMessage());
        }
        var version = Tree.text(tree, "v");
        if (!version.equals(VERSION)) {
            throw invalid(": server does not recognize this encoded version " + version);
        }
        long revision = Tree.number(tree, 0, "rv");
        if (revision == 0) {
            throw invalid(": incorrect encoded start resourceVersion (version " + VERSION + ")");
        }
        var start = Tree.text(tree, "start");
        if (start.isEmpty()) {
            throw invalid(": encoded start key empty (version " + VERSION + ")");
        }
        if (!clean(start)) {
            throw invalid(": " + start);
        }
        start = start.startsWith("/") ? start.substring(1) : start;
        return new ContinueToken(revision, start.endsWith("\0") ? start.substring(0, start.length() - 1) : start);
    }

    private static long firstIllegal(String text) {
        return text.chars()
                .takeWhile(c -> c < 128 && (Character.isLetterOrDigit(c) || c == '-' || c == '_'))
                .count();
    }

    /** Whether no step leads out of the list, as Go's path.Clean sees it. */
    private static boolean clean(String start) {
        var path = start.startsWith("/") ? start.substring(1) : start;
        for (var step : path.split("/", -1)) {
            if (step.isEmpty() || step.equals(".") || step.equals("..")) {
                return false;
            }
        }
        return true;
    }

    private static ApiFailure invalid(String why) {
        return ApiFailure.badRequest("invalid continue token: continue key is not valid" + why);
    }
}
