package dev.navarch.controllers;

import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** The cluster's authority as controllers may use it; its key stays where it is. */
public interface CertificateSigner {

    /**
     * What a request asks to be certified.
     *
     * @param commonName empty if there is none
     */
    record Requested(
            String commonName,
            List<String> organizations,
            List<String> dnsNames,
            List<String> addresses,
            List<String> emails,
            List<String> uris) {
        public Requested {
            organizations = List.copyOf(organizations);
            dnsNames = List.copyOf(dnsNames);
            addresses = List.copyOf(addresses);
            emails = List.copyOf(emails);
            uris = List.copyOf(uris);
        }
    }

    /**
     * @param request PKCS #10 as PEM
     * @throws GeneralSecurityException it is none, or not signed with its own key
     */
    Requested read(byte[] request) throws GeneralSecurityException;

    /**
     * Certifies the subject, the alternative names and the key of a request; nothing else of it counts.
     *
     * @param usages as the API names them, such as {@code client auth}
     * @param validity the certificate ends sooner if the authority does
     * @return PEM
     * @throws GeneralSecurityException also if a usage is unknown
     */
    String sign(byte[] request, List<String> usages, Instant now, Duration validity) throws GeneralSecurityException;
}
