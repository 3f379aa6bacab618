package dev.navarch.apiserver.net;

import java.net.ConnectException;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import javax.net.ssl.SSLException;

/** Why another server could not be asked, in the words of Go's client, which messages quote. */
public final class DialFailure {
    private DialFailure() {}

    /** @param port of the server; what is not positive stands for 443 */
    public static String reason(Throwable failure, String host, int port) {
        for (var cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof UnresolvedAddressException) {
                return "dial tcp: lookup " + host + ": no such host";
            }
            var message = String.valueOf(cause.getMessage());
            if (message.startsWith("x509: ")) {
                return "tls: failed to verify certificate: " + message;
            }
        }
        return switch (failure) {
            case HttpConnectTimeoutException _ -> "context deadline exceeded";
            case HttpTimeoutException _ -> "context deadline exceeded";
            case ConnectException _ ->
                "dial tcp " + (host.indexOf(':') >= 0 && !host.startsWith("[") ? "[" + host + "]" : host) + ":"
                        + (port <= 0 ? 443 : port) + ": connect: connection refused";
            case SSLException tls
            when String.valueOf(tls.getMessage()).contains("PKIX") ->
                "tls: failed to verify certificate: x509: certificate signed by unknown authority";
            case SSLException tls -> "tls: " + tls.getMessage();
            default -> failure.getMessage() == null ? "EOF" : failure.getMessage();
        };
    }
}
