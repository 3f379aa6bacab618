package dev.navarch.api.kinds;

import dev.navarch.api.FieldError;
import dev.navarch.api.values.Names;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/**
 * Requests to sign certificates.
 *
 * <p>Source: kubernetes pkg/apis/certificates/validation/validation.go, pkg/registry/certificates/certificates/strategy.go.
 */
final class CertificateRules {
    private static final List<String> USAGES = List.of(
            "any",
            "cert sign",
            "client auth",
            "code signing",
            "content commitment",
            "crl sign",
            "data encipherment",
            "decipher only",
            "digital signature",
            "email protection",
            "encipher only",
            "ipsec end system",
            "ipsec tunnel",
            "ipsec user",
            "key agreement",
            "key encipherment",
            "microsoft sgc",
            "netscape sgc",
            "ocsp signing",
            "s/mime",
            "server auth",
            "signing",
            "timestamping");
    private static final List<String> APPROVALS = List.of("Approved", "Denied");
    private static final List<String> LASTING = List.of("Approved", "Denied", "Failed");
    private static final int LONGEST_DOMAIN = 253;
    private static final int LONGEST_SIGNER = LONGEST_DOMAIN + 1 + 253 + 1 + 63;

    private CertificateRules() {}

    static Map<String, KindRules> all() {
        return Map.of("certificates.k8s.io/CertificateSigningRequest", request());
    }

    private static KindRules request() {
        return Kind.clustered(_ -> List.of())
                .status()
                .beforeUpdate((now, old) -> Kind.keep("spec", now, old))
                .beforeStatusUpdate(CertificateRules::keepApprovals)
                .check(CertificateRules::check)
                .checkUpdate((now, old, problems) -> update(now, old, false, false, problems))
                .checkStatus((now, old, problems) -> {
                    check(now, problems);
                    update(now, old, false, true, problems);
                })
                .selectable("spec.signerName")
                .build();
    }

    /** Everything that is wrong with a write to {@code /approval}. */
    static List<FieldError> validateApproval(ObjectNode now, ObjectNode old) {
        Problems problems = new Problems();
        check(At.root(now), problems);
        update(At.root(now), At.root(old), true, false, problems);
        return problems.list();
    }

    /** Who signs leaves alone what others approved or denied. */
    private static void keepApprovals(ObjectNode now, ObjectNode old) {
        ObjectNode status = At.object(now, "status");
        List<ObjectNode> before = At.objects(old.path("status").path("conditions"));
        List<ObjectNode> after = At.objects(status.path("conditions"));
        for (String type : APPROVALS) {
            List<ObjectNode> had = ofType(before, type);
            List<ObjectNode> has = ofType(after, type);
            if (had.size() == has.size()) {
                for (int i = 0; i < has.size(); i++) {
                    has.get(i).removeAll().setAll(had.get(i));
                }
            }
        }
    }

    private static List<ObjectNode> ofType(List<ObjectNode> conditions, String type) {
        return conditions.stream()
                .filter(condition -> condition.path("type").asString("").equals(type))
                .toList();
    }

    private static void check(At request, Problems problems) {
        At spec = request.at("spec");
        At pem = spec.at("request");
        Optional<String> wrong = CertificateRequest.complaint(decoded(pem));
        wrong.ifPresent(complaint -> problems.invalid(pem, complaint));
        At usages = spec.at("usages");
        if (usages.isEmpty()) {
            problems.required(usages, "");
        }
        for (At usage : usages.items()) {
            if (!USAGES.contains(usage.text())) {
                problems.notSupported(usage, USAGES);
            }
        }
        problems.unique(usages, At::text);
        if (spec.at("signerName").is("kubernetes.io/legacy-unknown")) {
            problems.invalid(spec.at("signerName"), "the legacy signerName is not allowed via this API version");
        } else {
            signerName(spec.at("signerName"), problems);
        }
        At seconds = spec.at("expirationSeconds");
        if (seconds.isSet() && seconds.number() < 600) {
            problems.invalid(seconds, "may not specify a duration less than 600 seconds (10 minutes)");
        }
        conditions(request.at("status", "conditions"), problems);
        At certificate = request.at("status", "certificate");
        CertificateRequest.complaintOfCertificates(decoded(certificate))
                .ifPresent(complaint -> problems.invalid(certificate, "<certificate data>", complaint));
    }

    private static byte[] decoded(At base64) {
        try {
            return Base64.getMimeDecoder().decode(base64.text());
        } catch (IllegalArgumentException _) {
            return new byte[0];
        }
    }

    private static void conditions(At conditions, Problems problems) {
        Set<String> seen = new HashSet<>();
        for (At condition : conditions.items()) {
            At type = condition.at("type");
            At status = condition.at("status");
            problems.requiredText(type);
            problems.oneOf(
                    status, LASTING.contains(type.text()) ? List.of("True") : List.of("False", "True", "Unknown"));
            boolean both = (type.is("Approved") && seen.contains("Denied"))
                    || (type.is("Denied") && seen.contains("Approved"));
            if (both) {
                problems.invalid(type, "Approved and Denied conditions are mutually exclusive");
            }
            if (!seen.add(type.text())) {
                problems.duplicate(type, type.text());
            }
        }
    }

    private static void update(At now, At old, boolean mayApprove, boolean maySign, Problems problems) {
        At conditions = now.at("status", "conditions");
        List<ObjectNode> after = At.objects(conditions.node());
        List<ObjectNode> before = At.objects(old.at("status", "conditions").node());
        for (String type : LASTING) {
            if (ofType(after, type).size() < ofType(before, type).size()) {
                problems.forbidden(conditions, "updates may not remove a condition of type \"" + type + "\"");
            }
        }
        if (!mayApprove) {
            for (String type : APPROVALS) {
                List<ObjectNode> has = ofType(after, type);
                List<ObjectNode> had = ofType(before, type);
                if (has.size() > had.size()) {
                    problems.forbidden(conditions, "updates may not add a condition of type \"" + type + "\"");
                } else if (has.size() == had.size() && !has.equals(had)) {
                    problems.forbidden(conditions, "updates may not modify a condition of type \"" + type + "\"\n");
                }
            }
        }
        At certificate = now.at("status", "certificate");
        At issued = old.at("status", "certificate");
        if (!certificate.is(issued.text())) {
            if (!maySign) {
                problems.forbidden(certificate, "updates may not set certificate content");
            } else if (!issued.isEmpty()) {
                problems.forbidden(certificate, "updates may not modify existing certificate content");
            }
        }
    }

    /** The name of a signer: a domain and a path (source: core validation, ValidateSignerName). */
    static void signerName(At name, Problems problems) {
        if (name.isEmpty()) {
            problems.required(name, "");
        }
        String[] segments = name.text().split("/", -1);
        if (segments.length != 2) {
            problems.invalid(name, "must be a fully qualified domain and path of the form 'example.com/signer-name'");
            return;
        }
        if (Names.utf8Length(segments[0]) > LONGEST_DOMAIN) {
            problems.tooLong(name, LONGEST_DOMAIN);
        }
        String[] domain = segments[0].split("\\.", -1);
        labels(name, segments[0], domain, true, problems);
        if (domain.length < 2) {
            problems.invalid(name, segments[0], "should be a domain with at least two segments separated by dots");
        }
        labels(name, segments[1], segments[1].split("\\.", -1), false, problems);
        if (Names.utf8Length(name.text()) > LONGEST_SIGNER) {
            problems.tooLong(name, LONGEST_SIGNER);
        }
    }

    private static void labels(At name, String segment, String[] labels, boolean plain, Problems problems) {
        for (String label : labels) {
            List<String> complaints = plain ? Names.dns1123Label(label) : Names.dns1123Subdomain(label);
            complaints.forEach(
                    complaint -> problems.invalid(name, segment, "validating label \"" + label + "\": " + complaint));
            if (!complaints.isEmpty()) {
                return;
            }
        }
    }
}
