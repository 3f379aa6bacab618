package dev.navarch.apiserver.pages;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.apiserver.request.ApiRequest;
import dev.navarch.apiserver.request.ApiResponse;
import dev.navarch.apiserver.request.Headers;
import dev.navarch.apiserver.request.Query;
import dev.navarch.apiserver.request.RequestInfoParser;
import dev.navarch.apiserver.request.User;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogFilesTest {
    @TempDir
    Path dir;

    private LogFiles files;

    @BeforeEach
    void write() throws Exception {
        Files.writeString(dir.resolve("secret"), "hidden");
        var logs = Files.createDirectories(dir.resolve("logs/deep")).getParent();
        Files.writeString(logs.resolve("a<b.log"), "line\n");
        Files.createSymbolicLink(logs.resolve("link"), dir.resolve("secret"));
        files = new LogFiles(logs);
    }

    private ApiResponse get(String path) {
        var info = RequestInfoParser.parse("GET", path, Query.EMPTY);
        return files.handle(new ApiRequest(
                "GET", path, Query.EMPTY, Headers.EMPTY, new byte[0], new User("u", List.of()), info, "id"));
    }

    @Test
    void filesAreShownAndFoldersListed() throws Exception {
        assertThat(get("/logs").status()).isEqualTo(301);
        assertThat(get("/logs/").contentType()).startsWith("text/html");
        try (var frames = ((ApiResponse.Streaming) get("/logs/a<b.log")).frames()) {
            assertThat(new String(frames.next(), StandardCharsets.UTF_8)).isEqualTo("line\n");
            assertThat(frames.next()).isNull();
        }
    }

    @Test
    void nothingOutsideOfTheDirectoryIsShown() {
        for (var path : List.of(
                "/logs/../secret",
                "/logs/deep/../../secret",
                "/logs/link",
                "/logs//etc/passwd",
                "/logs/none",
                "/logs/\0")) {
            assertThat(get(path).status()).as(path).isEqualTo(404);
        }
    }
}
