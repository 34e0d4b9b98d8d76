/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory that long-term pins must leave: ZONE_MOVABLE and CMA.
 */
#ifndef GUP_PIN_ZONES_H
#define GUP_PIN_ZONES_H

#include <stdbool.h>

/**
 * zones_have_movable() - is there memory that long-term pins must leave?
 *
 * That is, ZONE_MOVABLE or CMA.
 */
bool zones_have_movable(void);

/**
 * zones_have_cma() - is there memory in CMA?
 */
bool zones_have_cma(void);

/**
 * zones_movable() - does a page frame belong to memory that long-term pins
 *			 must leave?
 * @pfn: page frame number
 */
bool zones_movable(unsigned long long pfn);

/**
 * zones_cma() - does a page frame belong to CMA?
 * @pfn: page frame number
 *
 * Return: false also where CONFIG_CMA_DEBUGFS is off, or without root.
 */
bool zones_cma(unsigned long long pfn);

#endif /* GUP_PIN_ZONES_H */
