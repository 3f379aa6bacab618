package dev.navarch.kubelet.certificates;

import java.util.List;

/**
 * The certificates that a node has. source: kubernetes pkg/kubelet/certificate/kubelet.go.
 *
 * @param usages of elliptic keys, which encipher no other keys
 */
public enum CertificateKind {
    CLIENT("kubelet-client", "kubernetes.io/kube-apiserver-client-kubelet", "client auth"),
    SERVING("kubelet-server", "kubernetes.io/kubelet-serving", "server auth");

    private final String file;
    private final String signer;
    private final List<String> usages;

    CertificateKind(String file, String signer, String purpose) {
        this.file = file;
        this.signer = signer;
        usages = List.of("digital signature", purpose);
    }

    /** What its files are called by. */
    public String file() {
        return file;
    }

    String signer() {
        return signer;
    }

    List<String> usages() {
        return usages;
    }
}
