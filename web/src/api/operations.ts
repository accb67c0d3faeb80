import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'
import { call } from './call'
import type { OperationsQuery } from './types'

export type OperationsFilter = Omit<OperationsQuery, 'cursor' | 'size'>

export const operationsKey = ['operation']

export const operations = (filter: OperationsFilter) =>
  infiniteQueryOptions({
    queryKey: [...operationsKey, 'list', filter],
    queryFn: ({ pageParam, signal }) => call('operation.list', { ...filter, cursor: pageParam, size: 50 }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => (page.hasMore ? page.nextCursor : undefined),
    placeholderData: keepPreviousData,
  })

export const operation = (name: string) =>
  queryOptions({
    queryKey: [...operationsKey, 'one', name],
    queryFn: ({ signal }) => call('operation.get', { operation: name }, signal),
  })

/** Operations by path or title, for choosing some. */
export const operationChoices = (search: string, dialect?: OperationsQuery['dialect']) =>
  queryOptions({
    queryKey: [...operationsKey, 'choices', search, dialect],
    queryFn: ({ signal }) => call('operation.list', { search: search || undefined, dialect, size: 30 }, signal),
    placeholderData: keepPreviousData,
  })
