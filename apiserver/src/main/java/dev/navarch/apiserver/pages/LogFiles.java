package dev.navarch.apiserver.pages;

import static java.util.Objects.requireNonNull;

import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.ApiRequest;
import dev.navarch.apiserver.request.ApiResponse;
import dev.navarch.apiserver.request.Frames;
import dev.navarch.apiserver.request.Headers;
import dev.navarch.apiserver.request.Parts;
import dev.navarch.apiserver.request.RequestHandler;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Shows the files of a directory below {@code /logs/}, and lists its folders. Nothing outside of the directory is shown,
 * whatever the path or a link says (source: k8s.io/kubernetes pkg/routes/logs.go).
 */
public final class LogFiles implements RequestHandler {
    static final String PREFIX = "/logs";

    private static final int PIECE = 64 * 1024;

    private final Path root;

    public LogFiles(Path root) {
        this.root = requireNonNull(root);
    }

    public static boolean serves(String path) {
        return path.equals(PREFIX) || path.startsWith(PREFIX + "/");
    }

    @Override
    public boolean mayBlock(ApiRequest request) {
        return true;
    }

    @Override
    public ApiResponse handle(ApiRequest request) {
        if (!List.of("GET", "HEAD").contains(request.method())) {
            throw ApiFailure.methodNotAllowed();
        }
        var below = request.path().substring(PREFIX.length());
        if (below.isEmpty()) {
            return new ApiResponse.Whole(301, "", Headers.of("Location", PREFIX + "/"), Parts.NONE);
        }
        try {
            var base = root.toRealPath();
            var file = base.resolve(below.substring(1)).toRealPath();
            if (!file.startsWith(base)) {
                return notFound();
            }
            if (Files.isDirectory(file)) {
                return folder(file);
            }
            return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
                    ? new ApiResponse.Streaming(
                            200, "text/plain; charset=utf-8", Headers.EMPTY, new Content(Files.newInputStream(file)))
                    : notFound();
        } catch (IOException | IllegalArgumentException _) {
            return notFound();
        }
    }

    private static ApiResponse folder(Path folder) throws IOException {
        var page =
                new StringBuilder("<!doctype html>\n<meta name=\"viewport\" content=\"width=device-width\">\n<pre>\n");
        try (var files = Files.list(folder)) {
            files.sorted().forEach(file -> {
                var name = escaped(file.getFileName() + (Files.isDirectory(file) ? "/" : ""));
                page.append("<a href=\"")
                        .append(name)
                        .append("\">")
                        .append(name)
                        .append("</a>\n");
            });
        }
        var body = page.append("</pre>\n").toString().getBytes(StandardCharsets.UTF_8);
        return new ApiResponse.Whole(200, "text/html; charset=utf-8", Headers.EMPTY, Parts.of(body));
    }

    private static String escaped(String name) {
        return name.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&#34;");
    }

    private static ApiResponse notFound() {
        return ApiResponse.text(404, "404 page not found\n");
    }

    /** A file, piece by piece. */
    private record Content(InputStream in) implements Frames {
        @Override
        public byte @Nullable [] next() {
            try {
                var piece = in.readNBytes(PIECE);
                return piece.length == 0 ? null : piece;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void close() {
            try {
                in.close();
            } catch (IOException _) {
                // there is nothing to lose
            }
        }
    }
}
