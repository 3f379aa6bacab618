package dev.navarch.controllers;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;

/** An authority whose requests are lines such as {@code CN=name} or {@code DNS=host}, and its certificates text. */
public final class FakeSigner implements CertificateSigner {
    @Override
    public Requested read(byte[] request) throws GeneralSecurityException {
        var text = new String(request, StandardCharsets.UTF_8);
        if (!text.contains("=")) {
            throw new GeneralSecurityException("malformed certificate request");
        }
        return new Requested(
                values(text, "CN=").getFirst(),
                values(text, "O="),
                values(text, "DNS="),
                values(text, "IP="),
                values(text, "EMAIL="),
                values(text, "URI="));
    }

    private static List<String> values(String text, String key) {
        return Stream.of(text.split("\n"))
                .filter(l -> l.startsWith(key))
                .map(l -> l.substring(key.length()))
                .toList();
    }

    @Override
    public String sign(byte[] request, List<String> usages, Instant now, Duration validity)
            throws GeneralSecurityException {
        return read(request).commonName() + " may " + usages + " for " + validity.toSeconds() + " s";
    }
}
