/**
 * Admission: what changes or refuses a write beside its user's rights and its kind's rules. Start reading at
 * {@link dev.navarch.apiserver.admission.AdmissionChain}. Plugins have upstream's names.
 */
@NullMarked
package dev.navarch.apiserver.admission;

import org.jspecify.annotations.NullMarked;
