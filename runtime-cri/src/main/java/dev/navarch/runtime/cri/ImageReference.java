package dev.navarch.runtime.cri;

import java.util.regex.Pattern;

/** Names of images, as people write them and as the engine keeps them (source: distribution/reference, normalize.go). */
public final class ImageReference {
    private static final Pattern DOMAIN = Pattern.compile(
            "[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*(:[0-9]+)?");
    private static final Pattern PATH =
            Pattern.compile("[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*)*");
    private static final Pattern TAG = Pattern.compile("\\w[\\w.-]{0,127}");
    private static final Pattern DIGEST = Pattern.compile("sha256:[0-9a-f]{64}");
    private static final int MAX_NAME = 255;

    private ImageReference() {}

    /**
     * The full name: {@code web} becomes {@code docker.io/library/web:latest}.
     *
     * @throws IllegalArgumentException if it is no name of an image
     */
    public static String normalize(String reference) {
        var rest = reference;
        var digest = "";
        int at = rest.indexOf('@');
        if (at >= 0) {
            digest = rest.substring(at + 1);
            rest = rest.substring(0, at);
            check(DIGEST.matcher(digest).matches(), reference);
        }
        var tag = "";
        int colon = rest.lastIndexOf(':');
        if (colon > rest.lastIndexOf('/')) {
            tag = rest.substring(colon + 1);
            rest = rest.substring(0, colon);
            check(TAG.matcher(tag).matches(), reference);
        }
        int slash = rest.indexOf('/');
        var first = slash < 0 ? "" : rest.substring(0, slash);
        boolean named = first.contains(".") || first.contains(":") || first.equals("localhost");
        var domain = named ? first : "docker.io";
        if (domain.equals("index.docker.io")) {
            domain = "docker.io";
        }
        var path = named ? rest.substring(slash + 1) : rest;
        if (domain.equals("docker.io") && !path.contains("/")) {
            path = "library/" + path;
        }
        check(path.length() <= MAX_NAME, reference);
        check(DOMAIN.matcher(domain).matches() && PATH.matcher(path).matches(), reference);
        var name = domain + "/" + path;
        if (!digest.isEmpty()) {
            return name + (tag.isEmpty() ? "" : ":" + tag) + "@" + digest;
        }
        return name + ":" + (tag.isEmpty() ? "latest" : tag);
    }

    private static void check(boolean valid, String reference) {
        if (!valid) {
            throw new IllegalArgumentException("invalid reference format: " + reference);
        }
    }
}
