/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A network of a case's own, which nobody else sees and which ends with it.
 */
#ifndef GUP_PIN_NETNS_H
#define GUP_PIN_NETNS_H

/**
 * netns_enter() - leave the machine's network for a new one
 *
 * It has a loopback device, which is down.
 *
 * Return: 0, an enum skip, or -errno (skip.h).
 */
int netns_enter(void);

#endif /* GUP_PIN_NETNS_H */
