package dev.navarch.apiserver;

import java.security.cert.X509Certificate;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The certificates that a client showed for its connection, not yet verified; with room for the verdict on them. */
public final class ClientCertificates {
    public static final ClientCertificates NONE = new ClientCertificates(List.of());

    private final List<X509Certificate> chain;
    private volatile @Nullable Object verdict;

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

    /** What the judge said when it was first asked about this connection. There is one judge. */
    @SuppressWarnings("unchecked")
    public <T> T judgedBy(Function<List<X509Certificate>, T> judge) {
        var known = verdict;
        if (known == null) {
            known = judge.apply(chain);
            verdict = known;
        }
        return (T) known;
    }
}
