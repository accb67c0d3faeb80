import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { call } from './call'

export const people = (query: string) =>
  queryOptions({
    queryKey: ['person', query],
    queryFn: ({ signal }) => call('person.search', { query, size: 20 }, signal),
    placeholderData: keepPreviousData,
  })

/** The departments directly under one; without a parent, the root. */
export const departments = (deptId?: number) =>
  queryOptions({
    queryKey: ['department', deptId ?? 'root'],
    queryFn: ({ signal }) => call('department.children', { deptId }, signal),
    staleTime: 60_000,
  })
