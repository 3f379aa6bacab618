package dev.navarch.cli;

import dev.navarch.apiserver.authn.AuthenticationSettings.ProxyFile;
import dev.navarch.apiserver.request.RemoteUser;
import dev.navarch.cluster.ConfigException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Who may tell by header fields on whose behalf a request is made (source: k8s.io/apiserver pkg/server/options). */
final class FrontProxyOptions {
    static final Set<String> KEYS = Set.of(
            "requestheaderClientCaFile",
            "requestheaderAllowedNames",
            "requestheaderUsernameHeaders",
            "requestheaderUidHeaders",
            "requestheaderGroupHeaders",
            "requestheaderExtraHeadersPrefix");
    private static final String PREFIX = "requestheader-";

    @Option(
            names = "--" + PREFIX + "client-ca-file",
            paramLabel = "FILE",
            description = "Authorities, PEM, of further front proxies, which name a request's user in header fields.")
    @Nullable
    Path requestheaderClientCaFile;

    @Option(
            names = "--" + PREFIX + "allowed-names",
            paramLabel = "NAME",
            split = ",",
            description = "Common names of these proxies' certificates; default any.")
    @Nullable
    List<String> requestheaderAllowedNames;

    @Option(
            names = "--" + PREFIX + "username-headers",
            paramLabel = "FIELD",
            split = ",",
            description = "Fields that name the user, such as X-Remote-User.")
    @Nullable
    List<String> requestheaderUsernameHeaders;

    @Option(
            names = "--" + PREFIX + "uid-headers",
            paramLabel = "FIELD",
            split = ",",
            description = "Fields with the user's uid, such as X-Remote-Uid.")
    @Nullable
    List<String> requestheaderUidHeaders;

    @Option(
            names = "--" + PREFIX + "group-headers",
            paramLabel = "FIELD",
            split = ",",
            description = "Fields that name groups, such as X-Remote-Group.")
    @Nullable
    List<String> requestheaderGroupHeaders;

    @Option(
            names = "--" + PREFIX + "extra-headers-prefix",
            paramLabel = "PREFIX",
            split = ",",
            description = "What fields begin with that tell more, such as X-Remote-Extra-.")
    @Nullable
    List<String> requestheaderExtraHeadersPrefix;

    /** @param clientAuthorities that of users, from which these proxies must be told apart */
    Optional<ProxyFile> chosen(SettingsFile file, Optional<Path> clientAuthorities) {
        var allowed = named("allowed-names", file.texts(requestheaderAllowedNames, "requestheaderAllowedNames"));
        var names = new RemoteUser.Names(
                named("username-headers", file.texts(requestheaderUsernameHeaders, "requestheaderUsernameHeaders")),
                named("uid-headers", file.texts(requestheaderUidHeaders, "requestheaderUidHeaders")),
                named("group-headers", file.texts(requestheaderGroupHeaders, "requestheaderGroupHeaders")),
                named(
                        "extra-headers-prefix",
                        file.texts(requestheaderExtraHeadersPrefix, "requestheaderExtraHeadersPrefix")));
        if (!names.uid().isEmpty() && names.uid().stream().noneMatch("X-Remote-Uid"::equalsIgnoreCase)) {
            throw new ConfigException(
                    PREFIX + "uid-headers",
                    names.uid(),
                    "--requestheader-uid-headers is set without specifying the standard X-Remote-Uid header - API"
                            + " aggregation will not work");
        }
        var authorities = AuthenticationOptions.readable(
                PREFIX + "client-ca-file", file.path(requestheaderClientCaFile, "requestheaderClientCaFile"));
        if (allowed.isEmpty() && authorities.isPresent() && clientAuthorities.isPresent()) {
            Overlap.check(authorities.get(), clientAuthorities.get());
        }
        return authorities.map(path -> new ProxyFile(path, allowed, names));
    }

    private static List<String> named(String option, List<String> names) {
        if (names.stream().anyMatch(String::isBlank)) {
            throw new ConfigException(PREFIX + option, names, "empty value in \"" + PREFIX + option + "\"");
        }
        return names;
    }
}
