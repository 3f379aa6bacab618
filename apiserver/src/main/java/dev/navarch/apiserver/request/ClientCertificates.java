package dev.navarch.apiserver.request;

import java.security.cert.X509Certificate;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The certificates that a client showed for its connection, not yet verified; with room for the verdicts on them. */
public final class ClientCertificates {
    public static final ClientCertificates NONE = new ClientCertificates(List.of());

    private final List<X509Certificate> chain;
    private volatile @Nullable Verdict verdicts;

    public ClientCertificates(List<X509Certificate> chain) {
        this.chain = List.copyOf(chain);
    }

    /** Begins with the client's own; empty if none was shown. */
    public List<X509Certificate> chain() {
        return chain;
    }

    public boolean isEmpty() {
        return chain.isEmpty();
    }

    /** What this judge said when it was first asked about this connection. Judges are told apart by identity. */
    @SuppressWarnings("unchecked")
    public <T> T judgedBy(Object judge, Function<List<X509Certificate>, T> verdict) {
        for (var known = verdicts; known != null; known = known.before) {
            if (known.judge == judge) {
                return (T) known.verdict;
            }
        }
        var said = verdict.apply(chain);
        synchronized (this) {
            verdicts = new Verdict(judge, said, verdicts);
        }
        return said;
    }

    private record Verdict(
            Object judge, Object verdict, @Nullable Verdict before) {}
}
