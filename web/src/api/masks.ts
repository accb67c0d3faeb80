import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { call } from './call'
import type { MaskRule, PreviewQuery } from './types'

export const maskKey = ['mask']

/** The company's rules, which are of no other kinds than those that can be set. */
export const maskRules = queryOptions({
  queryKey: [...maskKey, 'list'],
  queryFn: async ({ signal }) => (await call('mask.list', {}, signal)).list as MaskRule[],
})

/** What an application gets of a real row, before and with the rule that is being written. */
export const maskPreview = (query: PreviewQuery) =>
  queryOptions({
    queryKey: [...maskKey, 'preview', query],
    queryFn: ({ signal }) => call('mask.preview', query, signal),
    placeholderData: keepPreviousData,
  })

export const protectedPeople = queryOptions({
  queryKey: [...maskKey, 'protected'],
  queryFn: async ({ signal }) => (await call('person.protected.list', {}, signal)).list,
})
