package dev.navarch.apiserver.pages;

import dev.navarch.apiserver.request.ApiRequest;
import dev.navarch.apiserver.request.ApiResponse;
import dev.navarch.apiserver.request.RequestHandler;
import java.nio.charset.StandardCharsets;

/**
 * {@code /version}: which Kubernetes this is. The build's own version stands after the plus sign, where semantic
 * versioning, and with it kubectl and Helm, don't compare.
 */
public final class Version implements RequestHandler {
    public static final String MAJOR = "1";
    public static final String MINOR = "36";
    public static final String GIT_VERSION = "v1.36.0+navarch.0.1.0";

    private final byte[] body = """
            {
              "major": "%s",
              "minor": "%s",
              "emulationMajor": "%s",
              "emulationMinor": "%s",
              "minCompatibilityMajor": "1",
              "minCompatibilityMinor": "35",
              "gitVersion": "%s",
              "gitCommit": "",
              "gitTreeState": "clean",
              "buildDate": "2026-01-01T00:00:00Z",
              "goVersion": "java%s",
              "compiler": "javac",
              "platform": "linux/%s"
            }""".formatted(
                    MAJOR, MINOR, MAJOR, MINOR, GIT_VERSION, Runtime.version().feature(), architecture())
            .getBytes(StandardCharsets.UTF_8);

    /** In Go's words. */
    private static String architecture() {
        return switch (System.getProperty("os.arch")) {
            case "aarch64" -> "arm64";
            default -> "amd64";
        };
    }

    @Override
    public boolean mayBlock(ApiRequest request) {
        return false;
    }

    @Override
    public ApiResponse handle(ApiRequest request) {
        return ApiResponse.json(200, body);
    }
}
