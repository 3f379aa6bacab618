/**
 * Admission policies: expressions that refuse or change writes, without anybody being called. {@link
 * dev.navarch.apiserver.policy.AdmissionPolicies} puts the parts together; a policy is compiled when it is stored ({@link
 * dev.navarch.apiserver.policy.PolicySource}) and evaluated by the plugin of its kind, on the request's own thread.
 *
 * <p>Source of the behaviour: k8s.io/apiserver pkg/admission/plugin/policy.
 */
@NullMarked
package dev.navarch.apiserver.policy;

import org.jspecify.annotations.NullMarked;
