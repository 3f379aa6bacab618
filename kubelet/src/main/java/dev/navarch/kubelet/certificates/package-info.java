/**
 * Certificates that a node asks the cluster for, keeps and renews. Start reading at
 * {@link dev.navarch.kubelet.certificates.CertificateRotation}.
 */
@NullMarked
package dev.navarch.kubelet.certificates;

import org.jspecify.annotations.NullMarked;
